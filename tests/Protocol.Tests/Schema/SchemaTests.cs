using System.Globalization;
using Google.Protobuf.Reflection;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>Our .proto files against mesos-v1.schema, which lists what the protocol says: a line for each message and enum.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void Every_message_and_enum_has_the_fields_numbers_and_defaults_of_Mesos()
    {
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Schema", "mesos-v1.schema"));
        var ours = MesosTypes.Messages.Select(Describe).Concat(MesosTypes.Enums.Select(Describe)).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal([], ours.Except(expected, StringComparer.Ordinal));
        Assert.Equal([], expected.Except(ours, StringComparer.Ordinal));
        Assert.Equal(expected.Length, ours.Length);
    }

    [Fact]
    public void No_message_has_more_fields_than_a_plan_can_mark_as_seen() =>
        Assert.All(MesosTypes.Messages, message => Assert.InRange(message.Fields.InDeclarationOrder().Count, 0, 128));

    [Fact]
    public void Declaration_order_is_the_order_of_the_proto_not_of_the_numbers() =>
        Assert.Equal(
            ["id", "framework_id", "agent_id", "hostname", "url", "domain", "resources", "attributes", "executor_ids", "unavailability", "allocation_info"],
            Offer.Descriptor.Fields.InDeclarationOrder().Select(field => field.Name));

    private static string Describe(MessageDescriptor message)
    {
        var fields = message.Fields.InDeclarationOrder().Select(Describe).ToArray();
        return fields.Length == 0 ? $"message {message.FullName}:" : $"message {message.FullName}: {string.Join("; ", fields)}";
    }

    private static string Describe(EnumDescriptor type) =>
        $"enum {type.FullName}: " + string.Join("; ", type.Values.Select(value =>
            $"{value.Name}={value.Number}{(value.GetOptions()?.Deprecated == true ? " deprecated" : "")}"));

    private static string Describe(FieldDescriptor field)
    {
        var label = field.IsMap ? "map" : field.IsRepeated ? "repeated" : field.IsRequired ? "required" : "optional";
        var type = field.IsMap
            ? $"map<string,{TypeName(field.MessageType.FindFieldByNumber(2))}>"
            : TypeName(field);
        var oneof = field.RealContainingOneof is { } group ? $" oneof:{group.Name}" : "";
        var proto = field.ToProto();
        var value = proto.HasDefaultValue ? $" default:{Default(field, proto.DefaultValue)}" : "";
        return $"{field.Name}={field.FieldNumber} {label} {type}{oneof}{value}{(field.GetOptions()?.Deprecated == true ? " deprecated" : "")}";
    }

    private static string Default(FieldDescriptor field, string text) => field.FieldType == FieldType.Double
        ? double.Parse(text, CultureInfo.InvariantCulture).ToString("0.0", CultureInfo.InvariantCulture)
        : text;

    private static string TypeName(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var scalar => scalar.ToString().ToLowerInvariant(),
    };
}
