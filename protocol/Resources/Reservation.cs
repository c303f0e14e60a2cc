using System.Text;
using MesosK8sBridge.Protocol.V1;
using Info = MesosK8sBridge.Protocol.V1.Resource.Types.ReservationInfo;

namespace MesosK8sBridge.Protocol;

/// <summary>One entry of a resource's stack of reservations; the last is the one in force. Immutable.</summary>
/// <param name="Principal">null if not set, which differs from "".</param>
/// <param name="Labels">null if not set; never changed.</param>
public sealed record Reservation(Info.Types.Type Type, string Role, string? Principal = null, Labels? Labels = null)
{
    public bool IsDynamic => Type == Info.Types.Type.Dynamic;

    internal static Reservation From(Info info) => new(
        info.Type, info.Role, info.HasPrincipal ? info.Principal : null, info.Labels?.Clone());

    internal Info ToProtobuf()
    {
        var info = new Info { Type = Type, Role = Role, Labels = Labels?.Clone() };
        if (Principal is not null)
        {
            info.Principal = Principal;
        }

        return info;
    }

    public bool Equals(Reservation? other) =>
        other is not null && Type == other.Type && Role == other.Role && Principal == other.Principal && LabelText.Same(Labels, other.Labels);

    public override int GetHashCode() => HashCode.Combine(Type, Role, Principal);

    /// <returns><c>DYNAMIC,role,principal,{key: value}</c></returns>
    public override string ToString()
    {
        var text = new StringBuilder(Type.ToString().ToUpperInvariant()).Append(',').Append(Role);
        _ = Principal is null ? text : text.Append(',').Append(Principal);
        _ = Labels is null ? text : text.Append(',').Append(LabelText.Print(Labels));
        return text.ToString();
    }
}
