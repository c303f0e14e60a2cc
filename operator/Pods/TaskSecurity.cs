using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A container's security context: what the framework's template says, and over it what the task asks for.</summary>
internal static class TaskSecurity
{
    public static V1SecurityContext? Of(TaskDraft draft, PodSettings settings)
    {
        var (wishes, user) = (draft.Wishes, draft.User);
        if (user.Uid is null && user.Gid is null && !Says(wishes))
        {
            return settings.ContainerSecurityContext;
        }

        var given = settings.ContainerSecurityContext ?? new V1SecurityContext();
        return new V1SecurityContext
        {
            RunAsUser = user.Uid ?? given.RunAsUser,
            RunAsGroup = user.Gid ?? given.RunAsGroup,
            RunAsNonRoot = given.RunAsNonRoot,
            Privileged = wishes.Privileged ? true : given.Privileged,
            AllowPrivilegeEscalation = wishes.Privileged ? null : wishes.NoNewPrivileges ? false : given.AllowPrivilegeEscalation,
            ReadOnlyRootFilesystem = wishes.ReadOnlyRoot ? true : given.ReadOnlyRootFilesystem,
            Capabilities = Capabilities(wishes) ?? given.Capabilities,
            SeccompProfile = wishes.Seccomp ?? given.SeccompProfile,
            SeLinuxOptions = given.SeLinuxOptions,
            ProcMount = given.ProcMount,
            ExtensionData = given.ExtensionData,
        };
    }

    private static bool Says(ContainerWishes wishes) =>
        wishes.Privileged || wishes.ReadOnlyRoot || wishes.NoNewPrivileges || wishes.Seccomp is not null || Capabilities(wishes) is not null;

    private static V1Capabilities? Capabilities(ContainerWishes wishes)
    {
        if (wishes.OnlyCapabilities is { } only)
        {
            return new V1Capabilities { Add = only.Count == 0 ? null : only, Drop = ["ALL"] };
        }

        return wishes.AddedCapabilities.Count + wishes.DroppedCapabilities.Count == 0
            ? null
            : new V1Capabilities { Add = NullIfEmpty(wishes.AddedCapabilities), Drop = NullIfEmpty(wishes.DroppedCapabilities) };
    }

    private static List<string>? NullIfEmpty(List<string> list) => list.Count == 0 ? null : list;
}
