namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a role must look like.</summary>
/// <remarks>Mesos: src/common/roles.cpp, validate.</remarks>
internal static class RoleRules
{
    public static string? Check(string role)
    {
        if (role == "*")
        {
            return null;
        }

        if (role.StartsWith('/'))
        {
            return $"Role '{role}' cannot start with a slash";
        }

        if (role.EndsWith('/'))
        {
            return $"Role '{role}' cannot end with a slash";
        }

        if (role.Contains("//", StringComparison.Ordinal))
        {
            return $"Role '{role}' cannot contain two adjacent slashes";
        }

        return role.Length == 0
            ? "Role names cannot be the empty string"
            : role.Split('/').Select(c => CheckComponent(role, c)).FirstOrDefault(e => e is not null);
    }

    private static string? CheckComponent(string role, string component)
    {
        if (component is "." or ".." or "*")
        {
            return $"Role '{role}' cannot include '{component}' as a component";
        }

        if (component.StartsWith('-'))
        {
            return $"Role component '{component}' is invalid because it starts with a dash";
        }

        return component.Any(c => c is ' ' or (>= '\t' and <= '\r') or (char)127)
            ? $"Role component '{component}' is invalid because it contains backspace or whitespace"
            : null;
    }
}
