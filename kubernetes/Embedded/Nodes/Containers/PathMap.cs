using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>
/// Without mounts a container's paths do not exist, so where its settings name a mounted path, they get the path that stands
/// for it. Only whole path components are replaced: <c>/data</c> is found in <c>/data/x</c>, not in <c>/database</c>.
/// </summary>
/// <param name="mounts">From paths in the container, which are absolute, to directories here.</param>
internal sealed class PathMap(IEnumerable<KeyValuePair<string, string>> mounts)
{
    private readonly List<KeyValuePair<string, string>> _mounts =
        [.. mounts.Where(m => m.Key.Length > 1 && m.Key != m.Value).OrderByDescending(m => m.Key.Length)];

    public string Replace(string text)
    {
        if (!text.Contains('/', StringComparison.Ordinal) || _mounts.Count == 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var at = i;
            var mount = _mounts.Find(m => IsAt(text, at, m.Key));
            result.Append(mount.Key is null ? text[i].ToString() : mount.Value);
            i += mount.Key?.Length ?? 1;
        }

        return result.ToString();
    }

    private static bool IsAt(string text, int at, string path)
    {
        var end = at + path.Length;
        return string.CompareOrdinal(text, at, path, 0, path.Length) == 0
            && (at == 0 || !IsPathCharacter(text[at - 1]))
            && (end == text.Length || text[end] == '/' || !IsPathCharacter(text[end]));
    }

    private static bool IsPathCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-';
}
