using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using Info = MesosK8sBridge.Protocol.V1.Resource.Types.ReservationInfo;

namespace MesosK8sBridge.Protocol;

/// <summary>The three ways in which a Resource message can say what it is reserved for.</summary>
/// <remarks>Mesos: src/common/resources_utils.cpp.</remarks>
public static class ReservationFormat
{
    /// <summary>To the new form: the stack in <c>reservations</c>, <c>role</c> and <c>reservation</c> unset. Leaves the new form as it is.</summary>
    /// <param name="resource">Valid by <see cref="Resources.Validate(Resource)"/>; changed.</param>
    public static void ToPostReservationRefinement(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource.Reservations.Count == 0 && resource.Role != Roles.Star)
        {
            resource.Reservations.Add(Single(resource).ToProtobuf());
        }

        resource.ClearRole();
        resource.Reservation = null;
    }

    /// <summary>To the old form, for frameworks without RESERVATION_REFINEMENT: <c>role</c> and <c>reservation</c> set, <c>reservations</c> empty.</summary>
    /// <param name="resource">In the new form; changed.</param>
    /// <exception cref="InvalidOperationException">A refined reservation: the old form has no words for it, so it must not be offered there.</exception>
    public static void ToPreReservationRefinement(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource.Reservations.Count > 1)
        {
            throw new InvalidOperationException(
                "Invalid resource format conversion: A 'Resource' object being converted to the PRE_RESERVATION_REFINEMENT format"
                + " must not have refined reservations");
        }

        ToEndpoint(resource);
        resource.Reservations.Clear();
    }

    /// <summary>To the form of <c>/state</c>'s <c>*_full</c> and the operator API: both at once, or the new one only if refined.</summary>
    /// <param name="resource">In the new form; changed.</param>
    public static void ToEndpoint(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource.Reservations.Count > 1)
        {
            return;
        }

        var single = resource.Reservations.SingleOrDefault();
        resource.Role = single?.Role ?? Roles.Star;
        resource.Reservation = single?.Type == Info.Types.Type.Dynamic ? WithoutTypeAndRole(single) : null;
    }

    /// <summary>Brings every Resource inside a message to the new form, however deep.</summary>
    /// <returns>The first complaint of <see cref="Resources.Validate(Resource)"/>, with the message then changed in part; or null.</returns>
    public static string? UpgradeAll(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string? complaint = null;
        MessagePlan.For(message.Descriptor).Visit(message, part =>
        {
            if (part is Resource resource && complaint is null)
            {
                complaint = Resources.Validate([resource]);
                if (complaint is null)
                {
                    ToPostReservationRefinement(resource);
                }
            }
        });
        return complaint;
    }

    /// <summary>What the old form's <c>role</c> and <c>reservation</c> mean.</summary>
    internal static Reservation Single(Resource resource) => resource.Reservation is { } dynamic
        ? Reservation.From(dynamic) with { Type = Info.Types.Type.Dynamic, Role = resource.Role }
        : new Reservation(Info.Types.Type.Static, resource.Role);

    private static Info WithoutTypeAndRole(Info info)
    {
        var copy = info.Clone();
        copy.ClearType();
        copy.ClearRole();
        return copy;
    }
}
