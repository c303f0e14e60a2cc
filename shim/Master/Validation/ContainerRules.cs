using MesosK8sBridge.Protocol.V1;
using SourceType = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a container must look like.</summary>
/// <remarks>Mesos: src/common/validation.cpp, validateContainerInfo and validateVolume.</remarks>
internal static class ContainerRules
{
    public static string? Check(ContainerInfo container)
    {
        var volume = container.Volumes.Select(Check).FirstOrDefault(e => e is not null);
        if (volume is not null)
        {
            return $"Invalid volume: {volume}";
        }

        if (container.Type != ContainerInfo.Types.Type.Docker)
        {
            return null;
        }

        return container.Docker is null ? "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo"
            : container.Docker.Parameters.Any(p => p.Key == "name") ? "Parameter in DockerInfo must not be 'name'"
            : null;
    }

    /// <returns>Whether share_cgroups is set to this very value.</returns>
    public static bool SharesCgroups(ContainerInfo? container, bool value) =>
        container?.LinuxInfo is { HasShareCgroups: true } linux && linux.ShareCgroups == value;

    private static string? Check(Volume volume)
    {
        var origins = (volume.HasHostPath ? 1 : 0) + (volume.Image is null ? 0 : 1) + (volume.Source is null ? 0 : 1);
        if (origins != 1)
        {
            return "Only one of them should be set: 'host_path', 'image' and 'source'";
        }

        return volume.Source is { } source ? CheckSource(source) : null;
    }

    private static string? CheckSource(Volume.Types.Source source) => source.Type switch
    {
        SourceType.DockerVolume when source.DockerVolume is null => "'source.docker_volume' is not set for DOCKER_VOLUME volume",
        SourceType.HostPath when source.HostPath is null => "'source.host_path' is not set for HOST_PATH volume",
        SourceType.SandboxPath when source.SandboxPath is null => "'source.sandbox_path' is not set for SANDBOX_PATH volume",
        SourceType.Secret when source.Secret is null => "'source.secret' is not set for SECRET volume",
        SourceType.CsiVolume when source.CsiVolume is null => "'source.csi_volume' is not set for CSI volume",
        SourceType.CsiVolume when source.CsiVolume.StaticProvisioning is null =>
            "'source.csi_volume.static_provisioning' is not set for CSI volume",
        SourceType.Unknown => "'source.type' is unknown",
        _ => null,
    };
}
