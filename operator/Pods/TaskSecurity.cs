using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A container's security context: what the framework's template says, and over it what the task asks for.</summary>
internal static class TaskSecurity
{
    private const string All = "ALL";

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
            Capabilities = Capabilities(wishes, given.Capabilities),
            SeccompProfile = wishes.Seccomp ?? given.SeccompProfile,
            SeLinuxOptions = given.SeLinuxOptions,
            ProcMount = given.ProcMount,
            ExtensionData = given.ExtensionData,
        };
    }

    private static bool Says(ContainerWishes wishes) =>
        wishes.Privileged || wishes.ReadOnlyRoot || wishes.NoNewPrivileges || wishes.Seccomp is not null
        || wishes.OnlyCapabilities is not null || wishes.AddedCapabilities.Count + wishes.DroppedCapabilities.Count > 0;

    /// <summary>What the template adds and drops, and what the task wants otherwise: each capability by its name.</summary>
    private static V1Capabilities? Capabilities(ContainerWishes wishes, V1Capabilities? given)
    {
        if (wishes.OnlyCapabilities is { } only)
        {
            return new V1Capabilities { Add = only.Count == 0 ? null : only, Drop = [All] };
        }

        if (wishes.AddedCapabilities.Count + wishes.DroppedCapabilities.Count == 0)
        {
            return given;
        }

        var (add, drop) = (wishes.AddedCapabilities, wishes.DroppedCapabilities);
        var kept = drop.Contains(All) ? [] : (given?.Add ?? []).Except(drop);
        return new V1Capabilities
        {
            Add = NullIfEmpty([.. kept.Union(add)]),
            Drop = NullIfEmpty([.. (given?.Drop ?? []).Except(add).Union(drop)]),
        };
    }

    private static List<string>? NullIfEmpty(List<string> list) => list.Count == 0 ? null : list;
}
