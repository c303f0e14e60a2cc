using System.Text.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>
/// Stands in for mounts, which need privileges: each volume is a directory of the Pod, or on the host, and the container's
/// settings are made to name it. See <see cref="PathMap"/>.
/// </summary>
internal sealed class Volumes(IKubernetes kubernetes, V1Pod pod, PodDirectory directory)
{
    /// <returns>From the container's mount paths to directories here.</returns>
    /// <exception cref="ContainerRefusedException">A Secret or a ConfigMap is missing.</exception>
    public async Task<Dictionary<string, string>> PrepareAsync(V1Container container, CancellationToken cancellationToken)
    {
        var paths = new Dictionary<string, string>();
        foreach (var mount in container.VolumeMounts ?? [])
        {
            if (pod.Spec?.Volumes?.FirstOrDefault(v => v.Name == mount.Name) is { } volume && mount.MountPath is { } path)
            {
                var target = Path.Combine(await PrepareAsync(volume, cancellationToken), mount.SubPath ?? "");
                if (volume.EmptyDir is not null)
                {
                    Directory.CreateDirectory(target);
                }

                paths[path.TrimEnd('/')] = target;
            }
        }

        foreach (var (path, target) in paths)
        {
            Nest(path, target, paths);
        }

        return paths;
    }

    /// <summary>A mount within another is seen there, by a link.</summary>
    private static void Nest(string path, string target, Dictionary<string, string> paths)
    {
        if (paths.Keys.Where(outer => path.StartsWith(outer + "/", StringComparison.Ordinal)).MaxBy(outer => outer.Length) is not { } within)
        {
            return;
        }

        var link = Path.Combine(paths[within], path[(within.Length + 1)..]);
        if (!Path.Exists(link))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, target);
        }
    }

    private async Task<string> PrepareAsync(V1Volume volume, CancellationToken cancellationToken)
    {
        if (volume.HostPath?.Path is { } hostPath)
        {
            return hostPath;
        }

        var path = volume.PersistentVolumeClaim?.ClaimName is { } claim ? directory.Claim(pod.Namespace() ?? "default", claim) : directory.Volume(volume.Name ?? "");
        Directory.CreateDirectory(path);
        if (volume.Secret is { } secret)
        {
            await WriteAsync(true, secret.SecretName, secret.Items, secret.Optional, path, cancellationToken);
        }
        else if (volume.ConfigMap is { } map)
        {
            await WriteAsync(false, map.Name, map.Items, map.Optional, path, cancellationToken);
        }

        return path;
    }

    private async Task WriteAsync(
        bool secret, string? name, IList<V1KeyToPath>? items, bool? optional, string path, CancellationToken cancellationToken)
    {
        var data = await ContainerEnvironment.ReadAsync(
            kubernetes, secret, pod.Namespace() ?? "default", name ?? "", optional ?? false, cancellationToken);
        foreach (var (key, value) in data ?? new Dictionary<string, byte[]>())
        {
            var target = items is null ? key : items.FirstOrDefault(i => i.Key == key)?.Path;
            if (target is not null)
            {
                await WriteAsync(Path.GetFullPath(Path.Combine(path, target)), path, value, cancellationToken);
            }
        }
    }

    private static async Task WriteAsync(string file, string root, byte[] value, CancellationToken cancellationToken)
    {
        if (!file.StartsWith(root + "/", StringComparison.Ordinal))
        {
            throw new ContainerRefusedException("CreateContainerConfigError", $"'{file}' leaves its volume.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, value, cancellationToken);
        OwnerOnly(file);
    }

    private static void OwnerOnly(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
