using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>A collection of resources in which what can be merged is merged. Immutable.</summary>
/// <remarks>
/// Scalars are counted in thousandths. Taking away more than there is leaves nothing of that kind, not a negative amount.
/// Items keep Mesos's order: new kinds at the end, and the last item in the place of one that is used up.
/// Mesos: src/common/resources.cpp.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "The domain's own word, as in Mesos.")]
public sealed class Resources : IReadOnlyList<ResourceItem>, IEquatable<Resources>
{
    private readonly ResourceItem[] _items;

    private Resources(ResourceItem[] items)
    {
        _items = items;
        IsPlain = Array.TrueForAll(items, static item => item.Metadata.IsPlain);
    }

    public static Resources Empty { get; } = new([]);

    public int Count => _items.Length;

    public bool IsEmpty => _items.Length == 0;

    /// <summary>Nothing of it is reserved, revocable or shared: any framework may have any of it.</summary>
    public bool IsPlain { get; }

    public ResourceItem this[int index] => _items[index];

    /// <summary>From messages in any of the three forms of reservation. Invalid ones and empty ones are left out, as in Mesos.</summary>
    /// <remarks>Check with <see cref="Validate(IEnumerable{Resource})"/> first where an invalid one must be answered.</remarks>
    public static Resources From(IEnumerable<Resource> resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        var sum = new Accumulator(Empty);
        foreach (var resource in resources)
        {
            if (Validate(resource) is null)
            {
                sum.Add(ResourceItem.From(resource));
            }
        }

        return sum.Result();
    }

    public static Resources From(params ReadOnlySpan<Resource> resources) => From(resources.ToArray().AsEnumerable());

    /// <summary>Unreserved, unallocated scalar: what a node has, mostly.</summary>
    /// <param name="thousandths">At least 0; 0 gives no resources.</param>
    public static Resources Scalar(string name, long thousandths)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(thousandths);
        return thousandths == 0 ? Empty : new([ResourceItem.Scalar(new ResourceMetadata(name, Type.Scalar), thousandths)]);
    }

    /// <inheritdoc cref="Scalar(string, long)"/>
    public static Resources OfRanges(string name, RangeSet ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return ranges.IsEmpty ? Empty : new([new ResourceItem(new ResourceMetadata(name, Type.Ranges), 0, ranges, 0)]);
    }

    /// <summary>Reads the text of a <c>--resources</c> flag: <c>cpus:8;mem(role):1024;ports:[1-5];set:{a,b}</c>, or a JSON array.</summary>
    /// <param name="defaultRole">Of resources that name no role; <c>*</c> means unreserved.</param>
    /// <exception cref="FormatException">The text is none, in Mesos's words.</exception>
    public static Resources Parse(string text, string defaultRole = Roles.Star) => ResourceParser.Parse(text, defaultRole);

    /// <returns>What is wrong with the resource, in Mesos's words, or null.</returns>
    public static string? Validate(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return ResourceValidation.Complaint(resource);
    }

    /// <returns><c>Resource 'cpus(allocated: *):-1' is invalid: Invalid scalar resource: value &lt;= 0</c> about the first invalid one, or null.</returns>
    public static string? Validate(IEnumerable<Resource> resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        return resources
            .Select(resource => Validate(resource) is { } complaint
                ? $"Resource '{ResourceText.Print(resource)}' is invalid: {complaint}"
                : null)
            .FirstOrDefault(complaint => complaint is not null);
    }

    /// <summary>In the form with a stack of reservations, a new message for each call.</summary>
    public IEnumerable<Resource> ToProtobuf()
    {
        var messages = new List<Resource>(_items.Length);
        foreach (ref readonly var item in _items.AsSpan())
        {
            // A shared resource is one message for each of its copies.
            for (var copies = item.Metadata.IsShared ? item.SharedCount : 1; copies > 0; copies--)
            {
                messages.Add(item.ToProtobuf());
            }
        }

        return messages;
    }

    /// <summary>In the old form, for frameworks without RESERVATION_REFINEMENT.</summary>
    /// <exception cref="InvalidOperationException">A reservation is refined; leave those out by <see cref="WithoutRefinedReservations"/>.</exception>
    public IEnumerable<Resource> ToOldProtobuf() => ToProtobuf().Select(resource =>
    {
        ReservationFormat.ToPreReservationRefinement(resource);
        return resource;
    });

    /// <summary>In both forms at once, for endpoints.</summary>
    public IEnumerable<Resource> ToEndpointProtobuf() => ToProtobuf().Select(resource =>
    {
        ReservationFormat.ToEndpoint(resource);
        return resource;
    });

    public Resources Add(Resources other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.IsEmpty || IsEmpty)
        {
            return other.IsEmpty ? this : other;
        }

        var sum = new Accumulator(this);
        foreach (ref readonly var item in other._items.AsSpan())
        {
            sum.Add(item);
        }

        return sum.Result();
    }

    public Resources Subtract(Resources other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.IsEmpty || IsEmpty)
        {
            return this;
        }

        if (ReferenceEquals(other, this))
        {
            return Empty;
        }

        var rest = new Accumulator(this);
        foreach (ref readonly var item in other._items.AsSpan())
        {
            rest.Subtract(item);
        }

        return rest.Result();
    }

    public static Resources operator +(Resources left, Resources right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Add(right);
    }

    public static Resources operator -(Resources left, Resources right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Subtract(right);
    }

    /// <summary>Whether all of <paramref name="other"/> is here, with the very same reservations, allocation, disk.</summary>
    /// <remarks>Each persistent volume answers for one; anything else is compared with the whole, which merging has made one item.</remarks>
    public bool Contains(Resources other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!other.HasIndivisible())
        {
            return ContainsEach(other._items);
        }

        var left = new Accumulator(this);
        foreach (ref readonly var item in other._items.AsSpan())
        {
            if (!left.Contains(item))
            {
                return false;
            }

            if (!item.Metadata.IsDivisible)
            {
                left.Subtract(item);
            }
        }

        return true;
    }

    private bool HasIndivisible() => Array.Exists(_items, static item => !item.Metadata.IsDivisible);

    private bool ContainsEach(ReadOnlySpan<ResourceItem> others)
    {
        for (var i = 0; i < others.Length; i++)
        {
            // Mostly both have the same order.
            if (!(i < _items.Length && _items[i].Contains(others[i])) && !ContainsAnywhere(others[i]))
            {
                return false;
            }
        }

        return true;
    }

    private bool ContainsAnywhere(in ResourceItem other)
    {
        foreach (ref readonly var item in _items.AsSpan())
        {
            if (item.Contains(other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether there is at least that much of each name, whatever it is reserved for.</summary>
    public bool Contains(ResourceQuantities quantities)
    {
        ArgumentNullException.ThrowIfNull(quantities);
        return ResourceQuantities.Of(this).Contains(quantities);
    }

    /// <summary>The same resources on behalf of a role.</summary>
    public Resources Allocate(string role) => WithAllocation(role);

    /// <summary>The same resources on nobody's behalf. What differed in that only is merged.</summary>
    public Resources Unallocate() => Array.Exists(_items, static item => item.Metadata.AllocationRole is not null) ? WithAllocation(null) : this;

    private Resources WithAllocation(string? role) => Remade(item => item.With(item.Metadata.WithAllocation(role)));

    /// <summary>With one more reservation on each stack.</summary>
    /// <exception cref="ArgumentException">That makes no valid resource.</exception>
    public Resources PushReservation(Reservation reservation)
    {
        ArgumentNullException.ThrowIfNull(reservation);
        return Remade(item =>
        {
            var pushed = item.With(item.Metadata.WithReservations(item.Metadata.Reservations.Add(reservation)));
            return Validate(pushed.ToProtobuf()) is { } complaint ? throw new ArgumentException(complaint, nameof(reservation)) : pushed;
        });
    }

    /// <summary>Without the last reservation of each stack.</summary>
    /// <exception cref="InvalidOperationException">Something is unreserved.</exception>
    public Resources PopReservation() => Remade(item => item.Metadata.IsUnreserved
        ? throw new InvalidOperationException($"{item} is not reserved")
        : item.With(item.Metadata.WithReservations(item.Metadata.Reservations.RemoveAt(item.Metadata.Reservations.Length - 1))));

    public Resources ToUnreserved() =>
        Remade(static item => item.Metadata.IsUnreserved ? item : item.With(item.Metadata.WithReservations([])));

    private Resources Remade(Func<ResourceItem, ResourceItem> change)
    {
        var sum = new Accumulator(Empty, _items.Length);
        foreach (ref readonly var item in _items.AsSpan())
        {
            sum.Add(change(item));
        }

        return sum.Result();
    }

    public Resources Where(Func<ResourceItem, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        var kept = 0;
        while (kept < _items.Length && predicate(_items[kept]))
        {
            kept++;
        }

        return kept == _items.Length ? this : Where(predicate, kept);
    }

    /// <param name="kept">So many are chosen, the next one is not.</param>
    private Resources Where(Func<ResourceItem, bool> predicate, int kept)
    {
        var chosen = new ResourceItem[_items.Length - 1];
        _items.AsSpan(0, kept).CopyTo(chosen);
        foreach (ref readonly var item in _items.AsSpan(kept + 1))
        {
            if (predicate(item))
            {
                chosen[kept++] = item;
            }
        }

        return kept == 0 ? Empty : new Resources(kept == chosen.Length ? chosen : chosen[..kept]);
    }

    /// <summary>The same resources, those that <paramref name="first"/> chooses before the others.</summary>
    public Resources WithFirst(Func<ResourceItem, bool> first)
    {
        ArgumentNullException.ThrowIfNull(first);
        for (var i = 1; i < _items.Length; i++)
        {
            if (first(_items[i]) && !first(_items[i - 1]))
            {
                return new Resources([.. _items.Where(first), .. _items.Where(item => !first(item))]);
            }
        }

        return this;
    }

    /// <summary>Scalars cut down to what is allowed of their name, earlier items first; what cannot be divided is left out if it is too much.</summary>
    /// <param name="allowed">In thousandths, for all items of this one's name together; <see cref="long.MaxValue"/> leaves an item as it is.</param>
    public Resources Cut(Func<ResourceItem, long> allowed)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        var left = new List<ResourceItem>(_items.Length);
        var changed = false;
        foreach (ref readonly var item in _items.AsSpan())
        {
            var room = allowed(item);
            room = room == long.MaxValue ? room : room - Taken(left, item);
            if (item.Thousandths <= room)
            {
                left.Add(item);
                continue;
            }

            changed = true;
            if (room > 0 && item.Metadata.IsDivisible && !item.Metadata.IsShared)
            {
                left.Add(ResourceItem.Scalar(item.Metadata, room));
            }
        }

        return !changed ? this : left.Count == 0 ? Empty : new Resources([.. left]);

        long Taken(List<ResourceItem> from, in ResourceItem by)
        {
            var taken = 0L;
            foreach (var earlier in from)
            {
                taken += earlier.Name == by.Name && allowed(earlier) != long.MaxValue ? earlier.Thousandths : 0;
            }

            return taken;
        }
    }

    public Resources Named(string name) => Where(item => item.Name == name);

    public Resources Scalars() => Where(static item => item.Type == Type.Scalar);

    public Resources NonScalars() => Where(static item => item.Type != Type.Scalar);

    public Resources Unreserved() => Where(static item => item.Metadata.IsUnreserved);

    public Resources Reserved() => Where(static item => !item.Metadata.IsUnreserved);

    public Resources ReservedTo(string role) => Where(item => item.Metadata.IsReservedTo(role));

    public Resources DynamicallyReserved() => Where(static item => item.Metadata.IsDynamicallyReserved);

    /// <summary>Unreserved, or reserved to the role or to one above it.</summary>
    public Resources AllocatableTo(string role) => IsPlain ? this : WhereAllocatableTo(role);

    private Resources WhereAllocatableTo(string role) => Where(item => item.Metadata.IsAllocatableTo(role));

    public Resources AllocatedTo(string role) => Where(item => item.Metadata.AllocationRole == role);

    public Resources WithoutRefinedReservations() => Where(static item => item.Metadata.Reservations.Length <= 1);

    public Resources Revocable() => Where(static item => item.Metadata.IsRevocable);

    public Resources NonRevocable() => Where(static item => !item.Metadata.IsRevocable);

    public Resources Shared() => Where(static item => item.Metadata.IsShared);

    public Resources NonShared() => Where(static item => !item.Metadata.IsShared);

    public Resources PersistentVolumes() => Where(static item => item.Metadata.IsPersistentVolume);

    /// <summary>By the role on whose behalf they are; what is on nobody's behalf is left out.</summary>
    public ImmutableSortedDictionary<string, Resources> Allocations() => By(static item => item.Metadata.AllocationRole);

    /// <summary>By the role in force; what is unreserved is left out.</summary>
    public ImmutableSortedDictionary<string, Resources> Reservations() => By(static item => item.Metadata.ReservationRole);

    private ImmutableSortedDictionary<string, Resources> By(Func<ResourceItem, string?> role) => _items
        .Where(item => role(item) is not null)
        .GroupBy(item => role(item)!, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(group => group.Key, group => new Resources([.. group]), StringComparer.Ordinal);

    /// <summary>The sum of all scalars of that name, in thousandths; 0 if there is none.</summary>
    public long ScalarOf(string name)
    {
        var sum = 0L;
        foreach (ref readonly var item in _items.AsSpan())
        {
            sum = item.Type == Type.Scalar && item.Name == name ? Thousandths.Sum(sum, item.Thousandths) : sum;
        }

        return sum;
    }

    /// <summary>The sum of all of that name, in thousandths; a port or an item of a set counts as 1.</summary>
    public long QuantityOf(string name)
    {
        var sum = 0L;
        foreach (ref readonly var item in _items.AsSpan())
        {
            sum = item.Name == name ? Thousandths.Sum(sum, item.Quantity) : sum;
        }

        return sum;
    }

    /// <summary>All ranges of that name together.</summary>
    public RangeSet RangesOf(string name)
    {
        var all = RangeSet.Empty;
        foreach (ref readonly var item in _items.AsSpan())
        {
            all = item.Type == Type.Ranges && item.Name == name ? all.Union(item.Ranges) : all;
        }

        return all;
    }

    /// <summary>Each in the other: the order of items does not matter.</summary>
    public bool Equals([NotNullWhen(true)] Resources? other) =>
        ReferenceEquals(this, other) || (other is not null && Count == other.Count && Contains(other) && other.Contains(this));

    public override bool Equals(object? obj) => Equals(obj as Resources);

    public override int GetHashCode()
    {
        var hash = Count;
        foreach (ref readonly var item in _items.AsSpan())
        {
            hash = unchecked(hash + item.GetHashCode()); // order does not matter
        }

        return hash;
    }

    public IEnumerator<ResourceItem> GetEnumerator() => _items.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <returns><c>cpus(allocated: *):0.1; mem(allocated: *):32</c>; <c>{}</c> if empty.</returns>
    public override string ToString() => IsEmpty ? "{}" : string.Join("; ", _items.Select(item => item.ToString()));

    /// <summary>A sum in the making: the only place where items are changed, before anyone can see them.</summary>
    private ref struct Accumulator
    {
        private ResourceItem[] _items;
        private int _count;
        private bool _owned;

        internal Accumulator(Resources start, int capacity = 0)
        {
            _items = capacity > 0 ? new ResourceItem[capacity] : start._items;
            _owned = capacity > 0;
            _count = start.Count;
        }

        internal void Add(in ResourceItem item)
        {
            if (item.IsEmpty)
            {
                return;
            }

            for (var i = 0; i < _count; i++)
            {
                if (_items[i].IsAddable(item))
                {
                    Own(_count);
                    _items[i] = _items[i].Add(item);
                    return;
                }
            }

            Own(_count + 1);
            _items[_count++] = item;
        }

        internal void Subtract(in ResourceItem item)
        {
            for (var i = 0; !item.IsEmpty && i < _count; i++)
            {
                if (!_items[i].IsSubtractable(item))
                {
                    continue;
                }

                Own(_count);
                _items[i] = _items[i].Subtract(item);
                if (_items[i].IsNegative || _items[i].IsEmpty)
                {
                    _items[i] = _items[--_count];
                }

                return;
            }
        }

        internal readonly bool Contains(in ResourceItem item)
        {
            for (var i = 0; i < _count; i++)
            {
                if (_items[i].Contains(item))
                {
                    return true;
                }
            }

            return false;
        }

        internal readonly Resources Result() =>
            _count == 0 ? Empty : new Resources(_items.Length == _count ? _items : _items[.._count]);

        private void Own(int needed)
        {
            if (_owned && needed <= _items.Length)
            {
                return;
            }

            var grown = new ResourceItem[needed <= _items.Length ? _items.Length : Math.Max(needed, _count == 0 ? 4 : _count + (_count / 2) + 1)];
            _items.AsSpan(0, _count).CopyTo(grown);
            (_items, _owned) = (grown, true);
        }
    }
}
