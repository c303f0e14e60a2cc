using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>An amount of one kind of resource. Immutable, and small enough to copy.</summary>
public readonly struct ResourceItem : IEquatable<ResourceItem>
{
    private readonly object? _value; // a RangeSet, or the string[] of a set; never changed

    internal ResourceItem(ResourceMetadata metadata, long thousandths, object? value, int sharedCount)
    {
        Metadata = metadata;
        Thousandths = thousandths;
        _value = value;
        SharedCount = sharedCount;
    }

    public ResourceMetadata Metadata { get; }

    public string Name => Metadata.Name;

    public Type Type => Metadata.Type;

    /// <summary>Of a SCALAR; 0 for others.</summary>
    public long Thousandths { get; }

    /// <summary>Of RANGES; empty for others.</summary>
    public RangeSet Ranges => _value as RangeSet ?? RangeSet.Empty;

    /// <summary>Of a SET, in the order given; empty for others.</summary>
    public IReadOnlyList<string> Set => _value as string[] ?? [];

    /// <summary>How many copies of a shared resource; 0 for one that is not shared.</summary>
    public int SharedCount { get; }

    /// <summary>In thousandths; a port or an item of a set counts as 1.</summary>
    public long Quantity => Type switch
    {
        Type.Scalar => Thousandths,
        Type.Ranges => long.CreateSaturating((UInt128)Ranges.Count * Protocol.Thousandths.One),
        _ => Set.Count * Protocol.Thousandths.One,
    };

    public bool IsEmpty =>
        (Metadata.IsShared && SharedCount == 0) || (Type switch
        {
            Type.Scalar => Thousandths == 0,
            Type.Ranges => Ranges.IsEmpty,
            _ => Set.Count == 0,
        });

    /// <summary>More was taken away than there was.</summary>
    internal bool IsNegative => SharedCount < 0 || Thousandths < 0;

    internal static ResourceItem Scalar(ResourceMetadata metadata, long thousandths) =>
        new(metadata, thousandths, value: null, sharedCount: metadata.IsShared ? 1 : 0);

    internal ResourceItem With(ResourceMetadata metadata) => new(metadata, Thousandths, _value, SharedCount);

    internal bool IsAddable(in ResourceItem other) =>
        Metadata.Equals(other.Metadata) && (Metadata.IsShared ? SameAmount(other) : Metadata.IsDivisible);

    internal bool IsSubtractable(in ResourceItem other) =>
        Metadata.Equals(other.Metadata) && ((Metadata.IsDivisible && !Metadata.IsShared) || SameAmount(other));

    internal ResourceItem Add(in ResourceItem other) => Metadata.IsShared
        ? new(Metadata, Thousandths, _value, SharedCount + other.SharedCount)
        : Type switch
        {
            Type.Scalar => Scalar(Metadata, Protocol.Thousandths.Sum(Thousandths, other.Thousandths)),
            Type.Ranges => new(Metadata, 0, Ranges.Union(other.Ranges), 0),
            _ => new(Metadata, 0, Set.Union(other.Set, StringComparer.Ordinal).ToArray(), 0),
        };

    internal ResourceItem Subtract(in ResourceItem other) => Metadata.IsShared
        ? new(Metadata, Thousandths, _value, SharedCount - other.SharedCount)
        : Type switch
        {
            Type.Scalar => Scalar(Metadata, Protocol.Thousandths.Sum(Thousandths, -other.Thousandths)),
            Type.Ranges => new(Metadata, 0, Ranges.Except(other.Ranges), 0),
            _ => new(Metadata, 0, Set.Except(other.Set, StringComparer.Ordinal).ToArray(), 0),
        };

    internal bool Contains(in ResourceItem other) => IsSubtractable(other) && (Metadata.IsShared
        ? SharedCount >= other.SharedCount
        : Type switch
        {
            Type.Scalar => Thousandths >= other.Thousandths,
            Type.Ranges => Ranges.Contains(other.Ranges),
            _ => other.Set.All(Set.Contains),
        });

    private bool SameAmount(in ResourceItem other) => Type switch
    {
        Type.Scalar => Thousandths == other.Thousandths,
        Type.Ranges => Ranges.Equals(other.Ranges),
        _ => Set.Count == other.Set.Count && Set.All(other.Set.Contains),
    };

    public bool Equals(ResourceItem other) =>
        Metadata.Equals(other.Metadata) && SharedCount == other.SharedCount && SameAmount(other);

    public override bool Equals(object? obj) => obj is ResourceItem other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Metadata, Thousandths, SharedCount);

    public static bool operator ==(ResourceItem left, ResourceItem right) => left.Equals(right);

    public static bool operator !=(ResourceItem left, ResourceItem right) => !left.Equals(right);

    /// <returns><c>cpus(allocated: *):0.1</c>, <c>ports:[31000-31005, 31010-31010]</c></returns>
    public override string ToString()
    {
        var amount = Type switch
        {
            Type.Scalar => Protocol.Thousandths.Print(Thousandths),
            Type.Ranges => Ranges.ToString(),
            _ => $"{{{string.Join(", ", Set)}}}",
        };
        return Metadata.IsShared ? $"{Metadata}:{amount}<{SharedCount}>" : $"{Metadata}:{amount}";
    }

    /// <summary>In the form with a stack of reservations. A shared resource comes once, however many copies there are.</summary>
    public Resource ToProtobuf()
    {
        var resource = new Resource { Name = Name, Type = Type };
        switch (Type)
        {
            case Type.Scalar:
                resource.Scalar = new Value.Types.Scalar { Value = Protocol.Thousandths.ToDouble(Thousandths) };
                break;
            case Type.Ranges:
                resource.Ranges = new Value.Types.Ranges();
                foreach (var (begin, end) in Ranges.Ranges)
                {
                    resource.Ranges.Range.Add(new Value.Types.Range { Begin = begin, End = end });
                }

                break;
            default:
                resource.Set = new Value.Types.Set { Item = { Set } };
                break;
        }

        CopyMetadata(resource);
        return resource;
    }

    private void CopyMetadata(Resource resource)
    {
        if (Metadata.AllocationRole is { } role)
        {
            resource.AllocationInfo = new Resource.Types.AllocationInfo { Role = role };
        }

        foreach (var reservation in Metadata.Reservations)
        {
            resource.Reservations.Add(reservation.ToProtobuf());
        }

        resource.Disk = Metadata.CopyDisk();
        resource.ProviderId = Metadata.ProviderId is { } id ? new ResourceProviderID { Value = id } : null;
        resource.Revocable = Metadata.IsRevocable ? new Resource.Types.RevocableInfo() : null;
        resource.Shared = Metadata.IsShared ? new Resource.Types.SharedInfo() : null;
    }

    /// <param name="resource">Valid, in any of the three forms. Not changed, and not kept.</param>
    internal static ResourceItem From(Resource resource)
    {
        var metadata = new ResourceMetadata(
            resource.Name,
            resource.Type,
            resource.AllocationInfo?.Role,
            ReservationsOf(resource),
            resource.Disk?.Clone(),
            resource.ProviderId?.Value,
            resource.Revocable is not null,
            resource.Shared is not null);
        return new ResourceItem(
            metadata,
            resource.Type == Type.Scalar ? Protocol.Thousandths.FromDouble(resource.Scalar.Value) : 0,
            ValueOf(resource),
            metadata.IsShared ? 1 : 0);
    }

    private static object? ValueOf(Resource resource) => resource.Type switch
    {
        Type.Ranges => RangeSet.Of([.. resource.Ranges.Range.Select(range => (range.Begin, range.End))]),
        Type.Set => resource.Set.Item.ToArray(),
        _ => null,
    };

    private static ImmutableArray<Reservation> ReservationsOf(Resource resource)
    {
        if (resource.Reservations.Count > 0)
        {
            return [.. resource.Reservations.Select(Reservation.From)];
        }

        return resource.Role == Roles.Star ? [] : [ReservationFormat.Single(resource)];
    }
}
