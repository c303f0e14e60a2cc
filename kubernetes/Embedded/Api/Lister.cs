using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <param name="Version">The resource version of the whole list.</param>
/// <param name="Continue">Empty on the last page.</param>
/// <param name="Remaining">How many more there are; null on the last page and with selectors.</param>
internal sealed record Page(IReadOnlyList<StoredObject> Items, long Version, string Continue, long? Remaining);

/// <remarks>Kubernetes: apiserver/pkg/storage/etcd3/store.go, GetList.</remarks>
internal sealed class Lister(ObjectStore store)
{
    private const string TooOldToken =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
        + "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided "
        + "token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was "
        + "returned and now may show up in the list.";

    /// <param name="limit">0: all.</param>
    /// <param name="exact">Only this version will do, instead of any that is not older.</param>
    public Page List(ObjectQuery query, long limit, string? continueToken, string? resourceVersion, bool exact)
    {
        var (snapshot, after) = string.IsNullOrEmpty(continueToken)
            ? (At(query, Version(resourceVersion), exact), default)
            : Continued(query, continueToken, resourceVersion);
        var items = new List<StoredObject>();
        var left = 0L;
        foreach (var stored in From(snapshot, query.Namespace, after))
        {
            if (limit > 0 && items.Count == limit)
            {
                left++;
            }
            else if (query.Matches(stored))
            {
                items.Add(stored);
            }
        }

        if (left == 0)
        {
            return new Page(items, snapshot.Version, "", null);
        }

        var token = Token(snapshot.Version, items[^1].Key);
        return new Page(items, snapshot.Version, token, query.Labels.IsEmpty && query.Fields.IsEmpty ? left : null);
    }

    /// <exception cref="StatusException">500, as the real one answers: not a number.</exception>
    public static long? Version(string? text) => string.IsNullOrEmpty(text) ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version < long.MaxValue ? (long)version
        : throw Failures.Internal($"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    private Snapshot At(ObjectQuery query, long? version, bool exact)
    {
        var current = store.Current(query.Resource.Qualified);
        if (version > current.Version)
        {
            throw Failures.TooLargeVersion(version.Value, current.Version);
        }

        return !exact || version is null or 0 ? current
            : store.At(query.Resource.Qualified, version.Value)
              ?? throw Failures.Expired("The resourceVersion for the provided list is too old.");
    }

    private (Snapshot Snapshot, ObjectKey After) Continued(ObjectQuery query, string token, string? resourceVersion)
    {
        if (!string.IsNullOrEmpty(resourceVersion) && resourceVersion != "0")
        {
            throw Failures.BadRequest("specifying resource version is not allowed when using continue");
        }

        var (version, key) = Parse(token);
        if (version < 0)
        {
            return (store.Current(query.Resource.Qualified), key); // the client chose to go on inconsistently
        }

        return (store.At(query.Resource.Qualified, version) ?? throw TooOld(key), key);
    }

    private static StatusException TooOld(ObjectKey key) => new(410, "Expired", TooOldToken) { Continue = Token(-1, key) };

    private static IEnumerable<StoredObject> From(Snapshot snapshot, string namespaceName, ObjectKey after)
    {
        foreach (var (key, stored) in snapshot.Objects)
        {
            if ((namespaceName.Length == 0 || key.Namespace == namespaceName) && (after.Name is null || key.CompareTo(after) > 0))
            {
                yield return stored;
            }
        }
    }

    private static string Token(long version, ObjectKey last)
    {
        var json = new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = version, ["start"] = $"{last.Namespace}/{last.Name}\0" };
        return Convert.ToBase64String(JsonTree.ToBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private static (long Version, ObjectKey Key) Parse(string token)
    {
        try
        {
            var json = JsonReading.Parse(Base64Url.DecodeFromChars(token));
            var start = json.Text("start")?.TrimEnd('\0').Split('/') ?? [];
            return start.Length == 2 && json.Text("v") == "meta.k8s.io/v1" && json.Integer("rv") is { } version
                ? (version, new ObjectKey(start[0], start[1]))
                : throw Failures.BadRequest("invalid continue token: continue key is not valid: encoded start key");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw Failures.BadRequest("invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
        }
    }
}
