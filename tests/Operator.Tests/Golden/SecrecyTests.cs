using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>Wherever a launch carries a secret, by value, it is in no Pod, annotation or refusal.</summary>
public sealed class SecrecyTests
{
    private const string Word = "swordfish";

    public static TheoryData<string> Places => [.. PathsTo(TaskInfo.Descriptor).Select(path => string.Join('.', path.Select(part => part.Name)))];

    [Theory, MemberData(nameof(Places))]
    public void A_secret_is_in_nothing_but_a_secret(string place)
    {
        var task = new TaskInfo
        {
            Name = "a task", TaskId = new TaskID { Value = "t1" }, AgentId = new AgentID { Value = "a-S0" }, Command = new CommandInfo { Value = "true" },
        };
        Fill(task, place.Split('.'));
        var launch = new MasterEffect.Launch(
            new FrameworkInfo { User = "root", Name = "tester", Id = new FrameworkID { Value = "m-0001" } },
            new Agent(new AgentId("a-S0"), "node-1", "10.0.0.1", 5051, [], [], null, ImmutableSortedDictionary<string, string>.Empty, Schedulable: true),
            [task],
            Executor: null);

        var plan = PodBuilder.Plan(launch, "node-1", new PodSettings { Namespace = "apps", DefaultImage = "image" });
        var bare = TaskSecrets.TakeOut(launch, "pod", out _);

        Assert.DoesNotContain(Word, Text(bare.Tasks[0]), StringComparison.Ordinal);
        var told = plan is PodPlan.Made made ? CustomResources.Json.Serialize(made.Pod) : ((PodPlan.Refused)plan).Reason.Message;
        Assert.DoesNotContain(Word, told, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("swordfish"u8), told, StringComparison.Ordinal);
    }

    /// <summary>JSON has bytes as base64, so the binary form is looked at.</summary>
    private static string Text(IMessage message) => System.Text.Encoding.Latin1.GetString(message.ToByteArray());

    /// <summary>Makes the messages on the way, each with what it requires, and the secret at its end.</summary>
    private static void Fill(IMessage message, ReadOnlySpan<string> path)
    {
        var field = message.Descriptor.FindFieldByName(path[0]);
        if (path.Length == 1)
        {
            field.Accessor.SetValue(message, field.FieldType == FieldType.Bytes ? ByteString.CopyFromUtf8(Word) : Word);
            return;
        }

        IMessage inner;
        if (field.IsMap)
        {
            inner = new Secret();
            ((System.Collections.IDictionary)field.Accessor.GetValue(message))["key"] = inner;
            path = path[1..];
        }
        else if (field.IsRepeated)
        {
            ((System.Collections.IList)field.Accessor.GetValue(message)).Add(inner = Complete(New(field.MessageType)));
        }
        else if (field.Accessor.GetValue(message) is IMessage present)
        {
            inner = present;
        }
        else
        {
            field.Accessor.SetValue(message, inner = Complete(New(field.MessageType)));
        }

        SetType(inner, path[1]);
        Fill(inner, path[1..]);
    }

    private static IMessage New(MessageDescriptor type) => (IMessage)Activator.CreateInstance(type.ClrType)!;

    private static IMessage Complete(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => field.IsRequired))
        {
            object? value = field.FieldType switch
            {
                FieldType.String => "x",
                FieldType.Message => Complete(New(field.MessageType)),
                FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[0].Number),
                _ => null,
            };
            if (value is not null)
            {
                field.Accessor.SetValue(message, value);
            }
        }

        return message;
    }

    /// <summary>The type of a union that goes with the field that is used.</summary>
    private static void SetType(IMessage message, string field)
    {
        if (message.Descriptor.FindFieldByName("type") is { FieldType: FieldType.Enum } type && type.EnumType.FindValueByName(field.ToUpperInvariant()) is { } value)
        {
            type.Accessor.SetValue(message, Enum.ToObject(type.EnumType.ClrType, value.Number));
        }
    }

    private static IEnumerable<ImmutableArray<FieldDescriptor>> PathsTo(MessageDescriptor message, ImmutableArray<FieldDescriptor> before = default)
    {
        before = before.IsDefault ? [] : before;
        if (message == Secret.Types.Value.Descriptor || message == Credential.Descriptor)
        {
            yield return before.Add(message.FindFieldByName(message == Credential.Descriptor ? "secret" : "data"));
            yield break;
        }

        foreach (var field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message && !before.Any(b => b.MessageType == field.MessageType)))
        {
            foreach (var path in PathsTo(field.MessageType, before.Add(field)))
            {
                yield return path;
            }
        }
    }
}
