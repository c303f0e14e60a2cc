using System.Diagnostics.CodeAnalysis;
using MesosK8sBridge.Protocol.V1;
using ValueRange = MesosK8sBridge.Protocol.V1.Value.Types.Range;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>What is left of one offer while tasks are cut out of it.</summary>
internal sealed class OfferedResources
{
    // Scalars are compared in thousandths, as Mesos does: 0.1 + 0.2 must fit into 0.3.
    private const double Thousandths = 1000;
    private readonly List<Resource> _left;

    public OfferedResources(Offer offer)
    {
        Offer = offer;

        // Reserved before unreserved, so that a reservation is used up first.
        _left = offer.Resources
            .Where(resource => resource is { Disk: null, Revocable: null, Shared: null })
            .OrderByDescending(IsReserved)
            .Select(resource => resource.Clone())
            .ToList();
    }

    public Offer Offer { get; }

    /// <summary>Cuts the wanted resources out, keeping role and reservation of what was offered.</summary>
    /// <returns>False if something is short; nothing is taken then.</returns>
    public bool TryTake(IEnumerable<Resource> wanted, [NotNullWhen(true)] out List<Resource>? taken)
    {
        var before = _left.Select(resource => resource.Clone()).ToList();
        taken = [];
        foreach (var resource in wanted)
        {
            if (!TryTake(resource, taken))
            {
                _left.Clear();
                _left.AddRange(before);
                taken = null;
                return false;
            }
        }

        return true;
    }

    private bool TryTake(Resource wanted, List<Resource> taken) => wanted.Type switch
    {
        Value.Types.Type.Scalar => TryTakeScalar(wanted, taken),
        Value.Types.Type.Ranges => wanted.Ranges.Range.All(range => TryTakeRange(wanted.Name, range, taken)),
        _ => false,
    };

    private bool TryTakeScalar(Resource wanted, List<Resource> taken)
    {
        var missing = Fixed(wanted.Scalar.Value);
        foreach (var resource in _left.Where(resource => resource.Name == wanted.Name && resource.Scalar is not null))
        {
            var part = Math.Min(missing, Fixed(resource.Scalar.Value));
            if (part <= 0)
            {
                continue;
            }

            var piece = resource.Clone();
            piece.Scalar.Value = part / Thousandths;
            taken.Add(piece);
            resource.Scalar.Value = (Fixed(resource.Scalar.Value) - part) / Thousandths;
            missing -= part;
        }

        return missing <= 0;
    }

    private bool TryTakeRange(string name, ValueRange wanted, List<Resource> taken)
    {
        foreach (var resource in _left.Where(resource => resource.Name == name && resource.Ranges is not null))
        {
            var ranges = resource.Ranges.Range;
            var holder = ranges.FirstOrDefault(range => range.Begin <= wanted.Begin && range.End >= wanted.End);
            if (holder is null)
            {
                continue;
            }

            var piece = resource.Clone();
            piece.Ranges = new() { Range = { wanted.Clone() } };
            taken.Add(piece);
            ranges.Remove(holder);
            ranges.AddRange(Remainders(holder, wanted));
            return true;
        }

        return false;
    }

    private static IEnumerable<ValueRange> Remainders(ValueRange holder, ValueRange wanted)
    {
        if (holder.Begin < wanted.Begin)
        {
            yield return new ValueRange { Begin = holder.Begin, End = wanted.Begin - 1 };
        }

        if (holder.End > wanted.End)
        {
            yield return new ValueRange { Begin = wanted.End + 1, End = holder.End };
        }
    }

    private static bool IsReserved(Resource resource) =>
        resource.Reservations.Count > 0 || resource.Reservation is not null || (resource.HasRole && resource.Role != "*");

    private static long Fixed(double value) => (long)Math.Round(value * Thousandths);
}
