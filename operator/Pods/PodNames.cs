using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// Names that follow from ids alone, so that a second create of the same task is refused by the API server, and a restarted
/// bridge finds what it made.
/// </summary>
public static class PodNames
{
    private const int LongestReadablePart = 50;
    private const int HashDigits = 12;

    /// <returns>A DNS label of at most 63 characters: the readable part of the task id, then a hash of all ids.</returns>
    public static string ForTask(FrameworkId framework, TaskId task) =>
        $"{DnsLabel(task.Value, LongestReadablePart, "task")}-{Hash(HashDigits, "task", framework.Value, task.Value)}";

    /// <summary>Never the name of one of its tasks launched alone.</summary>
    public static string ForGroup(FrameworkId framework, IEnumerable<TaskId> tasks)
    {
        var ids = tasks.Select(task => task.Value).ToArray();
        return $"{DnsLabel(ids[0], LongestReadablePart, "group")}-{Hash(HashDigits, ["group", framework.Value, .. ids])}";
    }

    /// <summary>Of a task's container in the Pod of its group; a task alone has <see cref="SingleContainer"/>.</summary>
    public static string ContainerInGroup(TaskId task) => $"{DnsLabel(task.Value, LongestReadablePart, "task")}-{Hash(6, "container", task.Value)}";

    public const string SingleContainer = "task";

    /// <returns>The value itself if it is a legal label value, else a hash of it.</returns>
    public static string LabelValue(string value) =>
        value.Length is > 0 and <= 63 && value.All(IsLabelCharacter) && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1])
            ? value
            : $"sha256-{Hash(40, value)}";

    /// <remarks>Kubernetes: apimachinery/pkg/util/validation, IsDNS1123Subdomain.</remarks>
    public static bool IsSubdomain(string name) =>
        name.Length is > 0 and <= 253 && name.Split('.').All(part => part.Length > 0 && part[0] != '-' && part[^1] != '-' && part.All(IsDnsCharacter));

    public static bool IsDnsLabel(string name) => name.Length <= 63 && !name.Contains('.', StringComparison.Ordinal) && IsSubdomain(name);

    /// <summary>Of a Secret's or a ConfigMap's data.</summary>
    public static bool IsConfigKey(string key) => key.Length is > 0 and <= 253 && key.All(IsLabelCharacter) && !key.StartsWith("..", StringComparison.Ordinal) && key != ".";

    /// <summary>The part of a label's key after its prefix.</summary>
    public static bool IsLabelName(string name) => name.Length > 0 && LabelValue(name) == name;

    /// <returns>Lower case letters, digits and single dashes; never empty.</returns>
    public static string DnsLabel(string value, int longest, string otherwise)
    {
        var label = new StringBuilder(longest);
        foreach (var c in value)
        {
            if (label.Length == longest)
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(c))
            {
                label.Append(char.ToLowerInvariant(c));
            }
            else if (label.Length > 0 && label[^1] != '-')
            {
                label.Append('-');
            }
        }

        var trimmed = label.ToString().Trim('-');
        return trimmed.Length == 0 ? otherwise : trimmed;
    }

    /// <summary>Lower-case hexadecimal digits of a SHA-256 over the parts, each with its length before it.</summary>
    public static string Hash(int digits, params ReadOnlySpan<string> parts)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        foreach (var part in parts)
        {
            text.AppendFormatted(part.Length);
            text.AppendLiteral(":");
            text.AppendLiteral(part);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToStringAndClear()), hash);
        return Convert.ToHexStringLower(hash[..((digits + 1) / 2)])[..digits];
    }

    private static bool IsDnsCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';

    private static bool IsLabelCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
