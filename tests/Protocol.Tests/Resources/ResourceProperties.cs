using FsCheck.Fluent;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>The algebra on made-up resources: several names and kinds, reserved and not, allocated and not.</summary>
public sealed class ResourceProperties
{
    [Fact]
    public void What_was_added_can_be_taken_away_again() => Check((a, b, _) =>
    {
        var other = Elsewhere(b);
        Assert.Equal(a, a + other - other);
    });

    [Fact]
    public void The_order_of_adding_does_not_matter() => Check((a, b, c) =>
    {
        Assert.Equal(a + b, b + a);
        Assert.Equal(a + (b + c), a + b + c);
    });

    [Fact]
    public void A_sum_contains_its_parts() => Check((a, b, _) =>
    {
        Assert.True((a + b).Contains(a));
        Assert.True((a + b).Contains(b));
    });

    [Fact]
    public void What_is_contained_can_be_cut_out_and_put_back() => Check((a, b, _) =>
    {
        var whole = a + b;
        Assert.Equal(whole, whole - a + a);
        Assert.True(!a.Contains(b) || a.Equals(a - b + b));
    });

    [Fact]
    public void Nothing_is_ever_negative_or_empty() => Check((a, b, c) =>
        Assert.All(a - b + c - a, item => Assert.True(!item.IsEmpty && item.Thousandths >= 0)));

    [Fact]
    public void Scalars_add_up_in_thousandths() => Check((a, b, _) =>
        Assert.Equal(a.ScalarOf("cpus") + b.ScalarOf("cpus"), (a + b).ScalarOf("cpus")));

    [Fact]
    public void Messages_in_every_form_stand_for_the_same_resources() => Check((a, _, _) =>
    {
        Assert.Equal(a, MesosK8sBridge.Protocol.Resources.From(a.ToProtobuf()));
        Assert.Equal(a, MesosK8sBridge.Protocol.Resources.From(a.ToOldProtobuf()));
        Assert.Equal(a, MesosK8sBridge.Protocol.Resources.From(a.ToEndpointProtobuf()));
        Assert.All(a.ToProtobuf().Concat(a.ToOldProtobuf()).Concat(a.ToEndpointProtobuf()), message => Assert.Null(MesosK8sBridge.Protocol.Resources.Validate(message)));
    });

    [Fact]
    public void Equal_resources_have_equal_hashes() => Check((a, b, _) =>
        Assert.Equal((a + b).GetHashCode(), (b + a).GetHashCode()));

    [Fact]
    public void Ranges_are_sets_of_numbers() => Prop.ForAll<(byte, byte)[], (byte, byte)[]>((left, right) =>
    {
        var (a, b) = (Ranges(left), Ranges(right));
        var (numbersOfA, numbersOfB) = (a.Numbers.ToHashSet(), b.Numbers.ToHashSet());
        Assert.Equal(numbersOfA.Union(numbersOfB).Order(), a.Union(b).Numbers);
        Assert.Equal(numbersOfA.Except(numbersOfB).Order(), a.Except(b).Numbers);
        Assert.Equal(numbersOfB.IsSubsetOf(numbersOfA), a.Contains(b));
        Assert.Equal((ulong)numbersOfA.Count, a.Count);
        Assert.Equal(a, RangeSet.Of([.. a.Ranges.Reverse()]));
        Assert.DoesNotContain(a.Ranges.Zip(a.Ranges.Skip(1)), pair => pair.Second.Begin <= pair.First.End + 1);
    }).Hold(tests: 500);

    [Fact]
    public void A_thousandth_survives_the_way_through_a_double() => Prop.ForAll<int>(thousandths =>
        Assert.Equal(thousandths, Thousandths.FromDouble(Thousandths.ToDouble(thousandths)))).Hold();

    private static RangeSet Ranges((byte, byte)[] pairs) =>
        RangeSet.Of([.. pairs.Select(pair => ((ulong)Math.Min(pair.Item1, pair.Item2), (ulong)Math.Max(pair.Item1, pair.Item2)))]);

    private static void Check(Action<Protocol.Resources, Protocol.Resources, Protocol.Resources> property) =>
        Prop.ForAll<int, int, int>((a, b, c) => property(Made(a), Made(b), Made(c))).Hold(tests: 500);

    private static Protocol.Resources Made(int seed)
    {
        var random = new Random(seed);
        var sum = Protocol.Resources.Empty;
        for (var i = random.Next(6); i > 0; i--)
        {
            var reserved = random.Next(3) switch { 0 => "(eng)", 1 => "(ops)", _ => "" };
            var part = Protocol.Resources.Parse(random.Next(5) switch
            {
                0 => $"cpus{reserved}:{random.Next(1, 5_000) / 1_000.0}",
                1 => $"mem{reserved}:{random.Next(1, 100)}",
                2 => $"ports{reserved}:[{random.Next(1_000, 1_010)}-{random.Next(1_010, 1_020)},{random.Next(1_030, 1_040)}-1050]",
                3 => $"zones{reserved}:{{{(char)('a' + random.Next(3))},d}}",
                _ => $"gpus{reserved}:{random.Next(1, 4)}",
            });
            part = random.Next(4) == 0 && reserved == "(eng)" ? part.PopReservation().PushReservation(Dynamic) : part;
            sum += random.Next(3) == 0 ? part.Allocate("eng") : part;
        }

        return sum;
    }

    private static Reservation Dynamic { get; } = new(Resource.Types.ReservationInfo.Types.Type.Dynamic, "eng", "principal");

    /// <summary>The scalars, and ports and zones that <see cref="Made"/> never makes: what is in both sets is not twice in their sum.</summary>
    private static Protocol.Resources Elsewhere(Protocol.Resources resources) =>
        resources.Scalars() + Protocol.Resources.Parse("ports:[5000-5010];zones:{x,y}");
}
