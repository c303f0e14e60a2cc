namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>
/// There is no image store here: an image is a name that is written down. Names below a reserved domain cannot be pulled, so
/// that this can be tried out too.
/// </summary>
internal static class ImagePolicy
{
    public const string Failed = "ErrImagePull";
    public const string BackedOff = "ImagePullBackOff";

    /// <returns>Why the image cannot be pulled, in containerd's words; null if it can.</returns>
    public static string? Refuse(string image)
    {
        var host = image.Split('/')[0];
        if (!image.Contains('/', StringComparison.Ordinal) || !host.Split(':')[0].EndsWith(".invalid", StringComparison.Ordinal))
        {
            return null;
        }

        var name = image[(host.Length + 1)..];
        var (path, tag) = name.LastIndexOf(':') is var colon && colon > 0 ? (name[..colon], name[(colon + 1)..]) : (name, "latest");
        var reference = $"{host}/{path}:{tag}";
        return $"rpc error: code = Unknown desc = failed to pull and unpack image \"{reference}\": failed to resolve reference "
            + $"\"{reference}\": failed to do request: Head \"https://{host}/v2/{path}/manifests/{tag}\": dial tcp: lookup {host}: no such host";
    }

    /// <param name="failure">What <see cref="Refuse"/> said.</param>
    public static string BackOffMessage(string? failure)
    {
        var image = failure?.Split('"').ElementAtOrDefault(1) ?? "";
        return $"Back-off pulling image \"{image}\"";
    }
}
