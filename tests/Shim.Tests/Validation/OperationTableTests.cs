using System.Text;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Tests.Validation;

/// <summary>Why operations on reservations and volumes are not applied; see <see cref="Table"/>.</summary>
public sealed class OperationTableTests
{
    private const string Framework =
        """
        {"user":"root","name":"web","principal":"p","roles":["eng"],"capabilities":[{"type":"MULTI_ROLE"},{"type":"RESERVATION_REFINEMENT"}]}
        """;

    private const string Agent =
        """
        [{"name":"cpus","type":"SCALAR","scalar":{"value":4}},{"name":"disk","type":"SCALAR","scalar":{"value":1000}},
         {"name":"disk","type":"SCALAR","scalar":{"value":500},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}]},
         {"name":"disk","type":"SCALAR","scalar":{"value":100},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}],
          "disk":{"persistence":{"id":"v1","principal":"p"},"volume":{"mode":"RW","container_path":"p"}}}]
        """;

    public static TheoryData<string> Operations => Table.Lines("operations");

    /// <summary>Abbreviations that a table's patches may use for resources, so that a line can be read.</summary>
    private static readonly (string Short, string Long)[] Abbreviations =
    [
        ("$cpus", """{"name":"cpus","type":"SCALAR","scalar":{"value":1},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}]}"""),
        ("$plain", """{"name":"cpus","type":"SCALAR","scalar":{"value":1}}"""),
        ("$disk", """{"name":"disk","type":"SCALAR","scalar":{"value":10},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}]}"""),
        ("$old", """{"name":"disk","type":"SCALAR","scalar":{"value":100},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}],"disk":{"persistence":{"id":"v1","principal":"p"},"volume":{"mode":"RW","container_path":"p"}}}"""),
        ("$new", """{"name":"disk","type":"SCALAR","scalar":{"value":10},"reservations":[{"type":"DYNAMIC","role":"eng","principal":"p"}],"disk":{"persistence":{"id":"v2","principal":"p"},"volume":{"mode":"RW","container_path":"p"}}}"""),
        ("$raw", """{"name":"disk","type":"SCALAR","scalar":{"value":10},"provider_id":{"value":"rp"},"disk":{"source":{"type":"RAW","id":"i","profile":"f"}}}"""),
    ];

    [Theory, MemberData(nameof(Operations))]
    public void An_operation_is_refused_in_the_words_of_Mesos(string line)
    {
        var (scene, patch, expected) = Table.Read(line);
        var framework = Table.Patched<FrameworkInfo>(Framework, scene.Length == 0 ? "{}" : scene);
        var total = MesosJson.ParseArray<Resource>(Encoding.UTF8.GetBytes(Agent));
        var operation = Parse(patch);

        Assert.Empty(new OfferedAgent(framework, total).Accept(operation));
        operation.Id = new OperationID { Value = "o" };
        var told = new OfferedAgent(framework, total).Accept(operation);

        Assert.Equal([$"OPERATION_ERROR {expected.Replace("; on agent", "; on agent a1 at slave(1)@10.0.0.1:5051 (a1.example)", StringComparison.Ordinal)}"], told);
    }

    private static Operation Parse(string patch)
    {
        foreach (var (name, json) in Abbreviations)
        {
            // $cpus{"role":"x"} is $cpus with a change.
            for (var at = patch.IndexOf(name + "{", StringComparison.Ordinal); at >= 0; at = patch.IndexOf(name + "{", StringComparison.Ordinal))
            {
                var end = EndOfObject(patch, at + name.Length);
                var changed = Table.Merged(json, patch[(at + name.Length)..end]);
                patch = patch[..at] + changed + patch[end..];
            }

            patch = patch.Replace(name, json, StringComparison.Ordinal);
        }

        return Table.Patched<Operation>(patch, "{}");
    }

    private static int EndOfObject(string text, int start)
    {
        var depth = 0;
        for (var i = start; ; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i + 1;
            }
        }
    }
}
