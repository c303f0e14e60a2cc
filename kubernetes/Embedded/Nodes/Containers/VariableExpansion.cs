using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>
/// <c>$(NAME)</c> in commands, arguments and variables. A name that is not known stays as it is written; <c>$$</c> is a dollar.
/// </summary>
/// <remarks>Kubernetes: third_party/forked/golang/expansion/expand.go.</remarks>
internal static class VariableExpansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            i = AppendReference(text, i + 1, variables, result);
        }

        return result.ToString();
    }

    /// <returns>The index of the last character used up.</returns>
    private static int AppendReference(string text, int next, IReadOnlyDictionary<string, string> variables, StringBuilder result)
    {
        var close = text[next] == '(' ? text.IndexOf(')', next) : -1;
        if (close > 0)
        {
            var name = text[(next + 1)..close];
            result.Append(variables.TryGetValue(name, out var value) ? value : $"$({name})");
            return close;
        }

        result.Append(text[next] == '$' ? "$" : $"${text[next]}");
        return next;
    }
}
