using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Protocol.Tests;

public sealed class ResourcesTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("cpus:0.1;mem:32;ports:[31000-31001]", "cpus:0.1; mem:32; ports:[31000-31001]")]
    [InlineData("ports:[31010-31010, 31003-31005,31000-31003]", "ports:[31000-31005, 31010-31010]")]
    [InlineData("cpus:1;cpus:0.5", "cpus:1.5")]
    [InlineData("cpus(eng):2; cpus:1", "cpus(reservations: [(STATIC,eng)]):2; cpus:1")]
    [InlineData("zones:{a,b,c}", "zones:{a, b, c}")]
    [InlineData("cpus:0;mem:1", "mem:1")]
    [InlineData("mem:1e15", "mem:1e+15")]
    [InlineData("cpus:0.12345", "cpus:0.123")]
    public void Text_is_read_and_printed_as_Mesos_does(string text, string printed)
    {
        Assert.Equal(printed, Resources.Parse(text).ToString());
    }

    [Theory]
    [InlineData("cpus", "Bad value for resources, missing or extra ':' in cpus")]
    [InlineData("cpus:1:2", "Bad value for resources, missing or extra ':' in cpus:1:2")]
    [InlineData("cpus(a:1", "Bad value for resources, mismatched parentheses in cpus(a:1")]
    [InlineData("cpus:", "Bad value for resources, missing or extra ':' in cpus:")]
    [InlineData("cpus: ", "Failed to parse resource cpus value   error Expecting non-empty string")]
    [InlineData("cpus:abc", "Bad type for resource cpus value abc type TEXT")]
    [InlineData("cpus:-1", "Invalid scalar resource: value <= 0")]
    [InlineData("cpus:nan", "Failed to parse resource cpus value nan error Invalid scalar value 'nan':NaN not supported")]
    [InlineData("ports:[1-", "Failed to parse resource ports value [1- error Mismatched brackets")]
    [InlineData("ports:[1]", "Failed to parse resource ports value [1] error Expecting one or more \"ranges\"")]
    [InlineData("ports:[a-b]", "Failed to parse resource ports value [a-b] error Expecting non-negative integers in 'a'")]
    [InlineData("ports:[5-1]", "Invalid ranges resource: begin > end")]
    [InlineData("x:{a,a}", "Invalid set resource: duplicated elements")]
    [InlineData("cpus(/a):1", "Role '/a' cannot start with a slash")]
    [InlineData("cpus:1;cpus:[1-2]", "Resources with the same name ('cpus') but different types are not allowed")]
    public void Text_that_is_none_is_refused_in_the_words_of_Mesos(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<FormatException>(() => Resources.Parse(text)).Message);
    }

    [Fact]
    public void Resources_may_be_given_as_a_JSON_array()
    {
        var resources = Resources.Parse(
            """[{"name":"cpus","type":"SCALAR","scalar":{"value":2}},{"name":"mem","type":"SCALAR","scalar":{"value":1},"role":"*"}]""", "eng");

        Assert.Equal("cpus(reservations: [(STATIC,eng)]):2; mem:1", resources.ToString());
    }

    [Fact]
    public void A_tenth_and_two_tenths_are_three_tenths_exactly()
    {
        Assert.Equal(0.3, (Resources.Parse("cpus:0.1") + Resources.Parse("cpus:0.2")).ToProtobuf().Single().Scalar.Value);
    }

    [Theory]
    [InlineData("cpus:1", "cpus:1", "{}")]
    [InlineData("cpus:1", "cpus:2", "{}")]
    [InlineData("cpus:1;mem:5", "cpus:2", "mem:5")]
    [InlineData("cpus:1;mem:5;disk:7", "cpus:1", "disk:7; mem:5")]
    [InlineData("ports:[1-10]", "ports:[3-4,9-12]", "ports:[1-2, 5-8]")]
    [InlineData("ports:[1-10]", "ports:[0-20]", "{}")]
    [InlineData("x:{a,b,c}", "x:{b,z}", "x:{a, c}")]
    [InlineData("cpus(a):1", "cpus:1", "cpus(reservations: [(STATIC,a)]):1")]
    public void What_is_used_up_is_gone_and_the_last_item_takes_its_place(string left, string right, string rest)
    {
        Assert.Equal(rest, (Resources.Parse(left) - Resources.Parse(right)).ToString());
    }

    [Theory]
    [InlineData("cpus:1", "cpus:1", true)]
    [InlineData("cpus:1", "cpus:1.0004", true)]
    [InlineData("cpus:1", "cpus:1.001", false)]
    [InlineData("cpus:1;mem:1", "mem:1", true)]
    [InlineData("cpus:1", "mem:1", false)]
    [InlineData("cpus(a):1", "cpus:1", false)]
    [InlineData("cpus:1", "cpus(a):1", false)]
    [InlineData("ports:[1-3,4-6]", "ports:[2-5]", true)]
    [InlineData("ports:[1-3,5-6]", "ports:[2-5]", false)]
    [InlineData("x:{a,b}", "x:{b}", true)]
    [InlineData("x:{a,b}", "x:{c}", false)]
    [InlineData("cpus:1", "", true)]
    [InlineData("", "cpus:1", false)]
    public void Containing_needs_the_same_kind_and_enough_of_it(string left, string right, bool contains)
    {
        Assert.Equal(contains, Resources.Parse(left).Contains(Resources.Parse(right)));
    }

    [Fact]
    public void Allocated_resources_differ_from_unallocated_ones_until_the_allocation_is_taken_off()
    {
        var free = Resources.Parse("cpus:0.1;mem:32");
        var allocated = free.Allocate("*");

        Assert.Equal("cpus(allocated: *):0.1; mem(allocated: *):32", allocated.ToString());
        Assert.False(allocated.Contains(free));
        Assert.NotEqual(free, allocated);
        Assert.Equal(free, allocated.Unallocate());
        Assert.Equal("cpus:2", (Resources.Parse("cpus:1").Allocate("a") + Resources.Parse("cpus:1").Allocate("b")).Unallocate().ToString());
    }

    [Fact]
    public void Persistent_volumes_do_not_merge_and_go_only_as_a_whole()
    {
        var volume = Volume("v1", 10);
        var two = Resources.From(volume, Volume("v2", 10));

        Assert.Equal(
            "disk(reservations: [(DYNAMIC,a,p)])[v1:data]:10; disk(reservations: [(DYNAMIC,a,p)])[v2:data]:10", two.ToString());
        Assert.Equal(2, Resources.From(volume, volume).Count);
        Assert.False(two.Contains(Resources.From(Volume("v1", 5))));
        Assert.False(two.Contains(Resources.From(volume, volume)));
        Assert.Single(two - Resources.From(volume));
        Assert.Equal(2, (two - Resources.From(Volume("v1", 5))).Count);
    }

    [Fact]
    public void Copies_of_a_shared_volume_are_counted()
    {
        var shared = Volume("v", 10);
        shared.Shared = new Resource.Types.SharedInfo();
        var two = Resources.From(shared, shared);

        Assert.Equal("disk(reservations: [(DYNAMIC,a,p)])[v:data]<SHARED>:10<2>", two.ToString());
        Assert.Equal(2, two.ToProtobuf().Count());
        Assert.True(two.Contains(Resources.From(shared)));
        Assert.False(Resources.From(shared).Contains(two));
        Assert.Equal(Resources.From(shared), two - Resources.From(shared));
        Assert.True((two - two).IsEmpty);
    }

    [Fact]
    public void A_MOUNT_disk_goes_only_as_a_whole_but_a_PATH_disk_in_parts()
    {
        var mount = Disk(Resource.Types.DiskInfo.Types.Source.Types.Type.Mount, 10);
        var path = Disk(Resource.Types.DiskInfo.Types.Source.Types.Type.Path, 10);

        Assert.False(Resources.From(mount).Contains(Resources.From(Disk(Resource.Types.DiskInfo.Types.Source.Types.Type.Mount, 5))));
        Assert.True(Resources.From(mount).Contains(Resources.From(mount)));
        Assert.Equal("disk[PATH]:20", Resources.From(path, path).ToString());
        Assert.True(Resources.From(path).Contains(Resources.From(Disk(Resource.Types.DiskInfo.Types.Source.Types.Type.Path, 5))));
    }

    [Fact]
    public void The_three_forms_of_a_reservation_are_one_reservation()
    {
        var old = Cpus(1);
        old.Role = "a";
        old.Reservation = new Resource.Types.ReservationInfo { Principal = "p" };
        var modern = Resources.From(old).ToProtobuf().Single();
        var endpoint = Resources.From(old).ToEndpointProtobuf().Single();

        Assert.Equal(
            """{"name":"cpus","type":"SCALAR","scalar":{"value":1.0},"reservations":[{"type":"DYNAMIC","role":"a","principal":"p"}]}""",
            MesosJson.ToText(modern));
        Assert.Equal(
            """{"name":"cpus","type":"SCALAR","scalar":{"value":1.0},"role":"a","reservation":{"principal":"p"},"""
            + """ "reservations":[{"type":"DYNAMIC","role":"a","principal":"p"}]}""".TrimStart(),
            MesosJson.ToText(endpoint));
        Assert.Equal(old, Resources.From(modern).ToOldProtobuf().Single());
        Assert.Equal(Resources.From(modern), Resources.From(endpoint));
        Assert.Equal("""{"name":"cpus","type":"SCALAR","scalar":{"value":1.0},"role":"*"}""", MesosJson.ToText(Resources.From(Cpus(1)).ToOldProtobuf().Single()));
    }

    [Fact]
    public void A_message_is_upgraded_however_deep_its_resources_are()
    {
        var old = Cpus(1);
        old.Role = "a";
        var task = new TaskInfo { Name = "t", Resources = { old }, Executor = new ExecutorInfo { Resources = { old.Clone() } } };

        Assert.Null(ReservationFormat.UpgradeAll(task));
        Assert.All([task.Resources[0], task.Executor.Resources[0]], resource => Assert.Equal((false, 1), (resource.HasRole, resource.Reservations.Count)));

        task.Resources.Add(Cpus(-1));
        Assert.Equal("Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0", ReservationFormat.UpgradeAll(task));
    }

    [Fact]
    public void A_refined_reservation_has_no_old_form()
    {
        var refined = Resources.Parse("cpus(a):1").PushReservation(new Reservation(Resource.Types.ReservationInfo.Types.Type.Dynamic, "a/b", "p"));

        Assert.Equal("cpus(reservations: [(STATIC,a),(DYNAMIC,a/b,p)]):1", refined.ToString());
        Assert.Throws<InvalidOperationException>(() => refined.ToOldProtobuf().ToList());
        Assert.True(refined.WithoutRefinedReservations().IsEmpty);
        Assert.Equal(Resources.Parse("cpus(a):1"), refined.PopReservation());
        Assert.Equal(Resources.Parse("cpus:1"), refined.ToUnreserved());
        Assert.Throws<ArgumentException>(() => refined.PushReservation(new Reservation(Resource.Types.ReservationInfo.Types.Type.Dynamic, "c")));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a/b", true)]
    [InlineData("ab", false)]
    [InlineData("*", false)]
    public void What_is_reserved_to_a_role_may_go_to_it_and_to_those_below(string role, bool allocatable)
    {
        Assert.Equal(allocatable, !Resources.Parse("cpus(a):1").AllocatableTo(role).IsEmpty);
        Assert.False(Resources.Parse("cpus:1").AllocatableTo(role).IsEmpty);
    }

    [Theory]
    [InlineData("""{"name":"","type":"SCALAR","scalar":{"value":1}}""", "Empty resource name")]
    [InlineData("""{"name":"x","type":"TEXT"}""", "Unsupported resource type")]
    [InlineData("""{"name":"x","type":"SCALAR"}""", "Invalid scalar resource")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"set":{"item":[]}}""", "Invalid scalar resource")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":-1}}""", "Invalid scalar resource: value <= 0")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":0.0004}}""", "Invalid scalar resource: value <= 0")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":"Infinity"}}""", "Invalid scalar resource: value <= 0")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":0}}""", null)]
    [InlineData("""{"name":"x","type":"RANGES"}""", "Invalid ranges resource")]
    [InlineData("""{"name":"x","type":"RANGES","ranges":{"range":[{"begin":2,"end":1}]}}""", "Invalid ranges resource: begin > end")]
    [InlineData("""{"name":"x","type":"RANGES","ranges":{"range":[{"begin":1,"end":2},{"begin":2,"end":3}]}}""", "Invalid ranges resource: overlapping ranges")]
    [InlineData("""{"name":"x","type":"RANGES","ranges":{"range":[{"begin":1,"end":2},{"begin":3,"end":3}]}}""", null)]
    [InlineData("""{"name":"x","type":"SET","set":{"item":["a","a"]}}""", "Invalid set resource: duplicated elements")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"disk":{}}""", "DiskInfo should not be set for x resource")]
    [InlineData("""{"name":"disk","type":"SCALAR","scalar":{"value":1},"disk":{"source":{"type":"RAW","path":{}}}}""", "Path should not be set for RAW disk source")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a//b"}""", "Role 'a//b' cannot contain two adjacent slashes")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservation":{}}""", "Invalid reservation: role \"*\" cannot be dynamically reserved")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservation":{"type":"DYNAMIC"}}""", "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservations":[{"role":"a"}]}""", "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"STATIC"}]}""", "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"STATIC","role":"*"}]}""", "Invalid reservation: role \"*\" cannot be reserved")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"b","reservations":[{"type":"STATIC","role":"a"}]}""", "Invalid resource format: 'Resource.role' field with 'b' does not match the role 'a' in 'Resource.reservations'")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservation":{},"reservations":[{"type":"STATIC","role":"a"}]}""", "Invalid resource format: 'Resource.reservation' must not be set if the single reservation in 'Resource.reservations' is STATIC")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservations":[{"type":"DYNAMIC","role":"a"}]}""", "Invalid resource format: 'Resource.role' and 'Resource.reservation' must either be both set or both not set if the single reservation in 'Resource.reservations' is DYNAMIC")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservation":{"principal":"p"},"reservations":[{"type":"DYNAMIC","role":"a","principal":"q"}]}""", "Invalid resource format: 'Resource.reservation.principal' field with 'p' does not match the principal 'q' in 'Resource.reservations'")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservation":{"principal":"p"},"reservations":[{"type":"DYNAMIC","role":"a","principal":"p"}]}""", null)]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"STATIC","role":"a"},{"type":"STATIC","role":"a/b"}]}""", "Invalid refined reservation: A refined reservation cannot be STATIC")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"STATIC","role":"a"},{"type":"DYNAMIC","role":"b"}]}""", "Invalid refined reservation: role 'b' is not a refinement of 'a'")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"role":"a","reservations":[{"type":"STATIC","role":"a"},{"type":"DYNAMIC","role":"a/b"}]}""", "Invalid resource format: 'Resource.role' must not be set if there is more than one reservation in 'Resource.reservations'")]
    [InlineData("""{"name":"x","type":"SCALAR","scalar":{"value":1},"shared":{}}""", "Resource x cannot be shared")]
    [InlineData("""{"name":"disk","type":"SCALAR","scalar":{"value":1},"shared":{}}""", "Only persistent volumes can be shared")]
    public void A_resource_is_judged_in_the_words_of_Mesos(string json, string? complaint)
    {
        var resource = MesosJson.Parse<Resource>(System.Text.Encoding.UTF8.GetBytes(json));

        Assert.Equal(complaint, Resources.Validate(resource));
        Assert.Equal(complaint is null && resource.Scalar?.Value != 0, !Resources.From(resource).IsEmpty);
    }

    [Fact]
    public void A_list_is_judged_with_the_resource_printed()
    {
        var negative = Cpus(-1);
        negative.AllocationInfo = new Resource.Types.AllocationInfo { Role = "*" };

        Assert.Equal("Resource 'cpus(allocated: *):-1' is invalid: Invalid scalar resource: value <= 0", Resources.Validate([Cpus(1), negative]));
    }

    [Fact]
    public void A_disk_is_printed_with_its_source_its_volume_and_its_labels()
    {
        var disk = MesosJson.Parse<Resource>("""
            {"name":"disk","type":"SCALAR","scalar":{"value":1},"revocable":{},
             "reservations":[{"type":"DYNAMIC","role":"r","labels":{"labels":[{"key":"k","value":"v"},{"key":"flag"}]}}],
             "disk":{"source":{"type":"MOUNT","mount":{"root":"/mnt"}},"persistence":{"id":"id"},
                     "volume":{"container_path":"data","host_path":"/h","mode":"RO"}}}
            """u8);

        Assert.Equal("disk(reservations: [(DYNAMIC,r,{k: v, flag})])[MOUNT:/mnt,id:/h:data:ro]{REV}:1", ResourceText.Print(disk));
        Assert.Equal(ResourceText.Print(disk), Resources.From(disk).ToString());
        Assert.Equal(disk, Resources.From(disk).ToProtobuf().Single());
    }

    [Fact]
    public void Quantities_are_counted_by_name_whatever_they_are_reserved_for()
    {
        var quantities = ResourceQuantities.Of(Resources.Parse("cpus:1;cpus(a):0.5;mem:32;ports:[1-10];zones:{a,b}"));

        Assert.Equal("cpus:1.5; mem:32; ports:10; zones:2", quantities.ToString());
        Assert.Equal("cpus:1.5; mem:32", ResourceQuantities.OfScalars(Resources.Parse("mem:32;cpus:1;cpus(a):0.5;ports:[1-10]")).ToString());
        Assert.Equal("cpus:1.4; ports:10; zones:2", (quantities - ResourceQuantities.Parse("cpus:0.1;mem:100")).ToString());
        Assert.True(quantities.Contains(ResourceQuantities.Parse("cpus:1.5;ports:10")));
        Assert.False(quantities.Contains(ResourceQuantities.Parse("gpus:1")));
        Assert.True(Resources.Parse("cpus:1;cpus(a):0.5").Contains(ResourceQuantities.Parse("cpus:1.2")));
    }

    [Theory]
    [InlineData("cpus", "Failed to parse 'cpus': missing or extra ':'")]
    [InlineData("cpus:x", "Failed to parse 'x' to quantity: only scalar values are allowed")]
    [InlineData("cpus:-1", "Failed to parse '-1' to quantity: negative values are not allowed")]
    public void Quantities_that_are_none_are_refused(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<FormatException>(() => ResourceQuantities.Parse(text)).Message);
    }

    [Fact]
    public void Attributes_are_text_scalars_or_ranges()
    {
        var attributes = AttributeParser.Parse("rack:abc d;zone:west:1;level:10\nkeys:[1000-1500]");

        Assert.Equal(
            [
                """{"name":"rack","type":"TEXT","text":{"value":"abcd"}}""",
                """{"name":"zone","type":"TEXT","text":{"value":"west:1"}}""",
                """{"name":"level","type":"SCALAR","scalar":{"value":10.0}}""",
                """{"name":"keys","type":"RANGES","ranges":{"range":[{"begin":1000,"end":1500}]}}""",
            ],
            attributes.Select(MesosJson.ToText));
        Assert.Throws<FormatException>(() => AttributeParser.Parse("rack"));
        Assert.Throws<FormatException>(() => AttributeParser.Parse("rack:{a,b}"));
    }

    [Theory]
    [InlineData("*", null)]
    [InlineData("a", null)]
    [InlineData("a/b-c/d", null)]
    [InlineData("", "Role names cannot be the empty string")]
    [InlineData("/", "Role '/' cannot start with a slash")]
    [InlineData("a/", "Role 'a/' cannot end with a slash")]
    [InlineData("a/./b", "Role 'a/./b' cannot include '.' as a component")]
    [InlineData("a/..", "Role 'a/..' cannot include '..' as a component")]
    [InlineData("a/*", "Role 'a/*' cannot include '*' as a component")]
    [InlineData("a/-b", "Role component '-b' is invalid because it starts with a dash")]
    [InlineData("a b", "Role component 'a b' is invalid because it contains backspace or whitespace")]
    public void A_role_is_judged_in_the_words_of_Mesos(string role, string? complaint)
    {
        Assert.Equal(complaint, Roles.Validate(role));
    }

    [Fact]
    public void A_range_set_reaches_both_ends_of_its_numbers()
    {
        var all = RangeSet.Of(0, ulong.MaxValue);

        Assert.Equal(ulong.MaxValue, all.Count);
        Assert.Equal(all, Ranges((5, ulong.MaxValue), (0, 4), (7, 9)));
        Assert.Equal("[1-18446744073709551614]", all.Except(Ranges((0, 0), (ulong.MaxValue, ulong.MaxValue))).ToString());
        Assert.Equal([3ul, 4, 9], Ranges((9, 9), (3, 4)).Numbers);
        Assert.True(Ranges((3, 4), (9, 9)).Contains(9));
        Assert.False(Ranges((3, 4), (9, 9)).Contains(5));
    }

    private static RangeSet Ranges(params (ulong Begin, ulong End)[] ranges) => RangeSet.Of(ranges);

    private static Resource Cpus(double value) =>
        new() { Name = "cpus", Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = value } };

    private static Resource Disk(Resource.Types.DiskInfo.Types.Source.Types.Type type, double value) => new()
    {
        Name = "disk",
        Type = Value.Types.Type.Scalar,
        Scalar = new Value.Types.Scalar { Value = value },
        Disk = new Resource.Types.DiskInfo { Source = new Resource.Types.DiskInfo.Types.Source { Type = type } },
    };

    private static Resource Volume(string id, double value) => new()
    {
        Name = "disk",
        Type = Value.Types.Type.Scalar,
        Scalar = new Value.Types.Scalar { Value = value },
        Reservations = { new Resource.Types.ReservationInfo { Type = Resource.Types.ReservationInfo.Types.Type.Dynamic, Role = "a", Principal = "p" } },
        Disk = new Resource.Types.DiskInfo
        {
            Persistence = new Resource.Types.DiskInfo.Types.Persistence { Id = id },
            Volume = new Volume { ContainerPath = "data", Mode = V1.Volume.Types.Mode.Rw },
        },
    };
}
