using System.Buffers;

namespace MesosK8sBridge.Protocol;

/// <summary>Rules about role names: <c>*</c>, or a path like <c>eng/backend</c>.</summary>
/// <remarks>Mesos: src/common/roles.cpp.</remarks>
public static class Roles
{
    /// <summary>The role of what is reserved for nobody.</summary>
    public const string Star = "*";

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\t\n\v\f\r \u007f");

    /// <returns>What is wrong with the name, in Mesos's words, or null.</returns>
    public static string? Validate(string role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return role switch
        {
            Star => null,
            _ when role.StartsWith('/') => $"Role '{role}' cannot start with a slash",
            _ when role.EndsWith('/') => $"Role '{role}' cannot end with a slash",
            _ when role.Contains("//", StringComparison.Ordinal) => $"Role '{role}' cannot contain two adjacent slashes",
            "" => "Role names cannot be the empty string",
            _ => role.Split('/').Select(component => Validate(role, component)).FirstOrDefault(complaint => complaint is not null),
        };
    }

    private static string? Validate(string role, string component) => component switch
    {
        "." or ".." or Star => $"Role '{role}' cannot include '{component}' as a component",
        _ when component.StartsWith('-') => $"Role component '{component}' is invalid because it starts with a dash",
        _ when component.AsSpan().ContainsAny(Forbidden) =>
            $"Role component '{component}' is invalid because it contains backspace or whitespace",
        _ => null,
    };

    /// <summary>Whether <paramref name="role"/> is below <paramref name="ancestor"/>: <c>a/b</c> is below <c>a</c>, not below itself.</summary>
    public static bool IsStrictSubroleOf(string role, string ancestor)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(ancestor);
        return role.Length > ancestor.Length && role[ancestor.Length] == '/' && role.StartsWith(ancestor, StringComparison.Ordinal);
    }

    /// <returns>Nearest first: <c>a/b</c>, <c>a</c> for <c>a/b/c</c>.</returns>
    public static IEnumerable<string> Ancestors(string role)
    {
        ArgumentNullException.ThrowIfNull(role);
        for (var slash = role.LastIndexOf('/'); slash > 0; slash = role.LastIndexOf('/', slash - 1))
        {
            yield return role[..slash];
        }
    }
}
