using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Protocol;

internal static class LabelText
{
    /// <returns><c>{key: value, flag}</c></returns>
    internal static string Print(Labels labels) =>
        $"{{{string.Join(", ", labels.Labels_.Select(label => label.HasValue ? $"{label.Key}: {label.Value}" : label.Key))}}}";

    /// <summary>Order does not matter; how often a label is given does.</summary>
    internal static bool Same(Labels? left, Labels? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => left.Labels_.Count == right.Labels_.Count
            && left.Labels_.All(label => left.Labels_.Count(label.Equals) == right.Labels_.Count(label.Equals)),
    };
}
