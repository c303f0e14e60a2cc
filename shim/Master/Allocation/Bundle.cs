using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// An immutable amount of resources, without saying to which role it is allocated: whoever holds a bundle knows that.
/// Keeps the order in which resources were first named.
/// </summary>
/// <remarks>Mesos: src/common/resources.cpp. Scalars count in thousandths.</remarks>
internal sealed class Bundle : IEquatable<Bundle>
{
    private readonly ImmutableArray<Part> _parts;

    private Bundle(ImmutableArray<Part> parts) => _parts = parts;

    public static Bundle Empty { get; } = new([]);

    public bool IsEmpty => _parts.IsEmpty;

    /// <summary>Nothing in it is reserved, revocable, shared or a disk of its own: anybody may have it.</summary>
    public bool IsPlain => _parts.All(p => p.Plain);

    /// <param name="resources">Valid ones, in the new reservation format. Allocation info is dropped; nothing counts as nothing.</param>
    public static Bundle Of(IEnumerable<Resource> resources)
    {
        var bundle = Empty;
        foreach (var resource in resources)
        {
            bundle = bundle.Plus(new Bundle([Part.Of(resource)]));
        }

        return bundle;
    }

    public static Bundle operator +(Bundle left, Bundle right) => left.Plus(right);

    /// <summary>What is not there cannot be taken away: the result is never negative.</summary>
    public static Bundle operator -(Bundle left, Bundle right) => left.Minus(right);

    public Bundle Where(Func<Resource, bool> keep) =>
        _parts.All(p => keep(p.Shape)) ? this : new Bundle([.. _parts.Where(p => keep(p.Shape))]);

    public bool Contains(Bundle other)
    {
        foreach (var wanted in other._parts)
        {
            var at = IndexOf(wanted);
            if (at < 0 || !_parts[at].Amount.Contains(wanted.Amount))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Thousandths of the scalar of this name, whatever its reservations; for ranges and sets, thousands of items.</summary>
    public long Quantity(string name)
    {
        long sum = 0;
        foreach (var part in _parts)
        {
            if (part.Shape.Name == name)
            {
                sum += part.Amount.Thousandths;
            }
        }

        return sum;
    }

    public bool Names(string name) => _parts.Any(p => p.Shape.Name == name);

    /// <summary>Names and thousandths of the scalars: what shares are computed from.</summary>
    public IEnumerable<KeyValuePair<string, long>> Scalars()
    {
        foreach (var part in _parts)
        {
            if (part.Shape.Type == Type.Scalar)
            {
                yield return new KeyValuePair<string, long>(part.Shape.Name, part.Amount.Thousandths);
            }
        }
    }

    /// <param name="role">To whom they are allocated; null for nobody.</param>
    public IEnumerable<Resource> ToResources(string? role = null)
    {
        foreach (var part in _parts)
        {
            var resource = part.Shape.Clone();
            part.Amount.Write(resource);
            if (role is not null)
            {
                resource.AllocationInfo = new Resource.Types.AllocationInfo { Role = role };
            }

            yield return resource;
        }
    }

    /// <returns>As Mesos prints them in its messages, e.g. <c>cpus(allocated: *):1; mem(allocated: *):128</c>.</returns>
    public string ToText(string? role) => string.Join("; ", ToResources(role).Select(ResourceText.Of));

    public override string ToString() => ToText(null);

    public bool Equals(Bundle? other) => other is not null && Contains(other) && other.Contains(this);

    public override bool Equals(object? obj) => Equals(obj as Bundle);

    public override int GetHashCode() => _parts.Length;

    private Bundle Plus(Bundle other)
    {
        if (other.IsEmpty)
        {
            return this;
        }

        var sum = _parts.ToBuilder();
        foreach (var part in other._parts)
        {
            var at = IndexOf(part);
            if (part.Amount.IsEmpty)
            {
                continue;
            }

            if (at < 0)
            {
                sum.Add(part);
            }
            else
            {
                sum[at] = part with { Amount = _parts[at].Amount.Plus(part.Amount) };
            }
        }

        return new Bundle(sum.ToImmutable());
    }

    private Bundle Minus(Bundle other)
    {
        if (other.IsEmpty || IsEmpty)
        {
            return this;
        }

        var rest = ImmutableArray.CreateBuilder<Part>(_parts.Length);
        foreach (var part in _parts)
        {
            var at = other.IndexOf(part);
            var amount = at < 0 ? part.Amount : part.Amount.Minus(other._parts[at].Amount);
            if (!amount.IsEmpty)
            {
                rest.Add(part with { Amount = amount });
            }
        }

        return new Bundle(rest.ToImmutable());
    }

    private int IndexOf(Part part)
    {
        for (var i = 0; i < _parts.Length; i++)
        {
            if (_parts[i].SameShape(part))
            {
                return i;
            }
        }

        return -1;
    }

    /// <param name="Shape">All but the amount.</param>
    /// <param name="Plain">Nothing but name and type: the common case, cheap to compare.</param>
    private readonly record struct Part(Resource Shape, bool Plain, Amount Amount)
    {
        public static Part Of(Resource resource)
        {
            var amount = Amount.Of(resource);
            var shape = resource.Clone();
            shape.Scalar = null;
            shape.Ranges = null;
            shape.Set = null;
            shape.AllocationInfo = null;
            shape.ClearRole();
            shape.Reservation = null;
            var plain = shape.Reservations.Count == 0 && shape.Disk is null && shape.Revocable is null && shape.Shared is null
                && shape.ProviderId is null;
            return new Part(shape, plain, amount);
        }

        public bool SameShape(Part other) =>
            ReferenceEquals(Shape, other.Shape)
            || (Plain == other.Plain && Shape.Name == other.Shape.Name && Shape.Type == other.Shape.Type
                && (Plain || Shape.Equals(other.Shape)));
    }
}
