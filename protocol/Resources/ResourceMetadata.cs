using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MesosK8sBridge.Protocol.V1;
using SourceType = MesosK8sBridge.Protocol.V1.Resource.Types.DiskInfo.Types.Source.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>All of a resource but its amount. Immutable; shared by the many amounts that are taken from one agent.</summary>
/// <remarks>Equality is Mesos's: the volume inside a disk, and who made a persistent volume, do not count. Mesos: src/common/resources.cpp.</remarks>
public sealed class ResourceMetadata : IEquatable<ResourceMetadata>
{
    private readonly int _hash;
    private ResourceMetadata? _other; // unallocated: as last allocated; allocated: unallocated. Resources go back and forth.

    internal ResourceMetadata(
        string name,
        Value.Types.Type type,
        string? allocationRole = null,
        ImmutableArray<Reservation> reservations = default,
        Resource.Types.DiskInfo? disk = null,
        string? providerId = null,
        bool isRevocable = false,
        bool isShared = false)
    {
        Name = name;
        Type = type;
        AllocationRole = allocationRole;
        Reservations = reservations.IsDefault ? [] : reservations;
        Disk = disk;
        ProviderId = providerId;
        IsRevocable = isRevocable;
        IsShared = isShared;
        _hash = HashCode.Combine(
            name, type, allocationRole, Reservations.Length, disk is null, providerId, isRevocable, isShared);
    }

    private ResourceMetadata(ResourceMetadata of, string? allocationRole)
        : this(of.Name, of.Type, allocationRole, of.Reservations, of.Disk, of.ProviderId, of.IsRevocable, of.IsShared)
    {
        _other = of;
    }

    public string Name { get; }

    /// <summary>SCALAR, RANGES or SET.</summary>
    public Value.Types.Type Type { get; }

    /// <summary>The role on whose behalf it is offered or used; null while it is not.</summary>
    public string? AllocationRole { get; }

    /// <summary>Empty if unreserved; the last is the one in force.</summary>
    public ImmutableArray<Reservation> Reservations { get; }

    public string? ProviderId { get; }

    public bool IsRevocable { get; }

    public bool IsShared { get; }

    public bool IsUnreserved => Reservations.IsEmpty;

    /// <summary>Neither reserved, nor revocable, nor shared.</summary>
    internal bool IsPlain => Reservations.IsEmpty && !IsRevocable && !IsShared;

    public bool IsDynamicallyReserved => !IsUnreserved && Reservations[^1].IsDynamic;

    /// <summary>null if unreserved.</summary>
    public string? ReservationRole => IsUnreserved ? null : Reservations[^1].Role;

    [MemberNotNullWhen(true, nameof(Disk))]
    public bool IsPersistentVolume => Disk?.Persistence is not null;

    public string? PersistenceId => Disk?.Persistence?.Id;

    /// <summary>Never changed, so never handed out: <see cref="CopyDisk"/> makes a copy.</summary>
    internal Resource.Types.DiskInfo? Disk { get; }

    public Resource.Types.DiskInfo? CopyDisk() => Disk?.Clone();

    public bool IsReservedTo(string role) => ReservationRole == role;

    /// <summary>Unreserved, or reserved to the role or to one above it.</summary>
    public bool IsAllocatableTo(string role) =>
        ReservationRole is not { } reserved || reserved == role || Roles.IsStrictSubroleOf(role, reserved);

    internal ResourceMetadata WithAllocation(string? role)
    {
        if (AllocationRole == role)
        {
            return this;
        }

        if (AllocationRole is null)
        {
            return _other is { } allocated && allocated.AllocationRole == role ? allocated : _other = new ResourceMetadata(this, role);
        }

        var unallocated = _other ??= new ResourceMetadata(this, allocationRole: null);
        return unallocated.WithAllocation(role);
    }

    internal ResourceMetadata WithReservations(ImmutableArray<Reservation> reservations) =>
        new(Name, Type, AllocationRole, reservations, Disk, ProviderId, IsRevocable, IsShared);

    /// <summary>Whether any part of it may be cut off: not of a MOUNT or BLOCK disk, a RAW disk with an id, a persistent volume.</summary>
    internal bool IsDivisible => Disk is null || (Disk.Persistence is null && Disk.Source switch
    {
        null => true,
        { Type: SourceType.Mount or SourceType.Block } => false,
        { Type: SourceType.Raw } source => !source.HasId,
        _ => true,
    });

    public bool Equals([NotNullWhen(true)] ResourceMetadata? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && _hash == other._hash
            && Name == other.Name
            && Type == other.Type
            && AllocationRole == other.AllocationRole
            && IsRevocable == other.IsRevocable
            && IsShared == other.IsShared
            && ProviderId == other.ProviderId
            && Reservations.AsSpan().SequenceEqual(other.Reservations.AsSpan())
            && SameDisk(Disk, other.Disk));

    public override bool Equals(object? obj) => Equals(obj as ResourceMetadata);

    public override int GetHashCode() => _hash;

    /// <returns><c>cpus(allocated: web)(reservations: [(STATIC,web)])</c>: all that stands before the colon.</returns>
    public override string ToString() =>
        ResourceText.Print(Name, AllocationRole, Reservations, Disk, IsRevocable, IsShared);

    private static bool SameDisk(Resource.Types.DiskInfo? left, Resource.Types.DiskInfo? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => left.Persistence?.Id == right.Persistence?.Id && SameSource(left.Source, right.Source),
    };

    private static bool SameSource(Resource.Types.DiskInfo.Types.Source? left, Resource.Types.DiskInfo.Types.Source? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => left.Type == right.Type
            && Equals(left.Path, right.Path)
            && Equals(left.Mount, right.Mount)
            && left.HasVendor == right.HasVendor
            && left.Vendor == right.Vendor
            && left.HasId == right.HasId
            && left.Id == right.Id
            && left.HasProfile == right.HasProfile
            && left.Profile == right.Profile
            && LabelText.Same(left.Metadata, right.Metadata),
    };
}
