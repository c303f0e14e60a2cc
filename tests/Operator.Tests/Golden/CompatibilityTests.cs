using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Operator.Tests.Golden;

public sealed partial class CompatibilityTests
{
    [Fact]
    public void The_document_has_each_field_of_a_task_and_no_other()
    {
        var expected = Reachable(TaskInfo.Descriptor, TaskGroupInfo.Descriptor)
            .SelectMany(message => message.Fields.InDeclarationOrder().Select(field => $"{NameOf(message)}.{field.Name}")).Order(StringComparer.Ordinal);

        var written = Rows().Select(row => row.Field).Order(StringComparer.Ordinal);

        Assert.Equal(expected, written);
    }

    [Fact]
    public void Each_field_is_done_refused_or_has_no_effect() =>
        Assert.All(Rows(), row => Assert.Contains(row.Answer, new[] { "yes", "refused", "no effect" }));

    private static IEnumerable<(string Field, string Answer)> Rows()
    {
        var message = "";
        foreach (var line in File.ReadLines(Repository.File("docs/compatibility.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                message = line[3..];
            }
            else if (Row().Match(line) is { Success: true } row)
            {
                yield return ($"{message}.{row.Groups[1].Value}", row.Groups[2].Value);
            }
        }
    }

    private static IEnumerable<MessageDescriptor> Reachable(params MessageDescriptor[] roots)
    {
        var (found, left) = (new HashSet<MessageDescriptor>(), new Queue<MessageDescriptor>(roots));
        while (left.TryDequeue(out var message))
        {
            if (!IsMapEntry(message) && !found.Add(message))
            {
                continue;
            }

            foreach (var field in message.Fields.InDeclarationOrder().Where(field => field.FieldType is FieldType.Message))
            {
                left.Enqueue(field.MessageType);
            }
        }

        // A message without fields has nothing to answer.
        return found.Where(message => message.Fields.InDeclarationOrder().Count > 0);
    }

    private static bool IsMapEntry(MessageDescriptor message) => message.GetOptions()?.MapEntry ?? false;

    private static string NameOf(MessageDescriptor message) => message.FullName["mesos.v1.".Length..];

    [GeneratedRegex(@"^\| `(\w+)` \| ([a-z ]+) \|")]
    private static partial Regex Row();
}
