using System.Globalization;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>The part of a URL after the question mark.</summary>
internal sealed class Query(string path)
{
    private readonly StringBuilder _text = new(path);

    private bool _any;

    public Query Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_any ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _any = true;
        }

        return this;
    }

    public Query Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public Query Add(string name, bool value) => Add(name, value ? "true" : null);

    /// <summary>Whole seconds, at least one.</summary>
    public Query Add(string name, TimeSpan? value) => Add(name, value is { } time ? Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)) : null);

    public override string ToString() => _text.ToString();
}
