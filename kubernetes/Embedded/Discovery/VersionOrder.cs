using System.Globalization;
using System.Text.RegularExpressions;

namespace MesosK8sBridge.Kubernetes.Embedded.Discovery;

/// <summary>The preferred version first: v2 before v1 before v1beta2 before v1alpha1 before anything else.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/version/helpers.go.</remarks>
internal sealed partial class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (a, b) = (Rank(x ?? ""), Rank(y ?? ""));
        return a.CompareTo(b) is not 0 and var order ? -order : string.CompareOrdinal(x, y);
    }

    private static (int Known, int Stability, int Major, int Minor) Rank(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
        {
            return default;
        }

        var stability = match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 };
        return (1, stability, Number(match.Groups[1].Value), Number(match.Groups[3].Value));
    }

    private static int Number(string digits) => int.TryParse(digits, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex("^v([0-9]+)(?:(alpha|beta)([0-9]+))?\\z")]
    private static partial Regex Pattern();
}
