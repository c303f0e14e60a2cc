using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Json;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>A number or a name, e.g. of a port.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    private readonly int _number;

    private readonly string? _text;

    public IntOrString(int number) => _number = number;

    public IntOrString(string text) => _text = text;

    /// <summary>Null if it is a name.</summary>
    public int? Number => _text is null ? _number : null;

    /// <summary>Null if it is a number.</summary>
    public string? Text => _text;

    public static implicit operator IntOrString(int number) => new(number);

    public static implicit operator IntOrString(string text) => new(text);

    public static IntOrString FromInt32(int number) => new(number);

    public static IntOrString FromString(string text) => new(text);

    public override string ToString() => _text ?? _number.ToString();
}
