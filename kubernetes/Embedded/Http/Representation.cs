using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>The form in which a client wants objects.</summary>
internal enum Form
{
    Object,
    Table,
    Metadata,
}

/// <param name="Version">Of <c>meta.k8s.io</c>, for the forms that are of that group.</param>
internal sealed record Representation(Form Form, string Version)
{
    private static readonly Representation Plain = new(Form.Object, "v1");

    /// <summary>The first of the accepted types that this server has.</summary>
    /// <exception cref="StatusException">406: it has none of them.</exception>
    public static Representation Negotiate(string? accept)
    {
        if (string.IsNullOrEmpty(accept))
        {
            return Plain;
        }

        foreach (var part in accept.Split(','))
        {
            var words = part.Split(';', StringSplitOptions.TrimEntries);
            if (words[0] is "application/json" or "*/*" or "application/*" && Parse(words) is { } representation)
            {
                return representation;
            }
        }

        throw Failures.NotAcceptable();
    }

    private static Representation? Parse(string[] words)
    {
        var options = words.Skip(1).Select(w => w.Split('=', 2)).Where(w => w.Length == 2).ToLookup(w => w[0], w => w[1], StringComparer.Ordinal);
        var version = options["v"].FirstOrDefault() ?? "v1";
        return options["as"].FirstOrDefault() switch
        {
            null or "" => Plain,
            _ when options["g"].FirstOrDefault() != "meta.k8s.io" || version is not ("v1" or "v1beta1") => null,
            "Table" => new Representation(Form.Table, version),
            "PartialObjectMetadata" or "PartialObjectMetadataList" => new Representation(Form.Metadata, version),
            _ => null,
        };
    }
}
