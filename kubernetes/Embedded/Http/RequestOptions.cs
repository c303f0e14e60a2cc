using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using Microsoft.AspNetCore.Http;
using YamlDotNet.Core;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>What the query, the headers and (of a deletion) the body say about how a request is meant.</summary>
internal static class RequestOptions
{
    private const int ManagerLimit = 128;
    private static readonly string[] Propagations = ["Foreground", "Background", "Orphan"];

    public static bool IsTrue(HttpRequest request, string name) => request.Query[name].ToString() is "true" or "1" or "True" or "t" or "TRUE";

    /// <exception cref="StatusException">400: not a number.</exception>
    public static long? Number(HttpRequest request, string name)
    {
        var text = request.Query[name].ToString();
        return text.Length == 0 ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw Failures.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    /// <param name="kind"><c>CreateOptions</c>, <c>UpdateOptions</c> or <c>PatchOptions</c>.</param>
    public static WriteOptions Write(HttpRequest request, string kind, bool apply = false)
    {
        var errors = new List<FieldError>();
        var manager = request.Query["fieldManager"].ToString();
        if (apply && manager.Length == 0)
        {
            errors.Add(FieldError.Required("fieldManager", "is required for apply patch"));
        }
        else if (!apply && request.Query.ContainsKey("force"))
        {
            errors.Add(FieldError.Forbidden("force", "may not be specified for non-apply patch"));
        }

        if (manager.Length > ManagerLimit)
        {
            errors.Add(FieldError.TooLong("fieldManager", ManagerLimit));
        }

        var dryRun = DryRun(request.Query["dryRun"]!, errors);
        return errors.Count > 0
            ? throw Failures.Invalid("meta.k8s.io", kind, "", errors)
            : new WriteOptions(manager.Length > 0 ? manager : FromAgent(request.Headers.UserAgent.ToString()), dryRun, IsTrue(request, "force"));
    }

    /// <exception cref="StatusException">400, 422.</exception>
    public static DeleteOptions Delete(HttpRequest request, byte[] body)
    {
        var options = Body(request, body);
        var errors = new List<FieldError>();
        var dryRun = DryRun(options.Array("dryRun") is { } listed ? [.. listed.Strings()] : request.Query["dryRun"]!, errors);
        var propagation = options.Text("propagationPolicy") ?? request.Query["propagationPolicy"].ToString();
        if (propagation.Length > 0 && !Propagations.Contains(propagation))
        {
            errors.Add(FieldError.Unsupported("propagationPolicy", propagation, [.. Propagations, "nil"]));
        }

        if ((options.Flag("orphanDependents") ?? Flag(request, "orphanDependents")) is { } orphan)
        {
            propagation = orphan ? "Orphan" : "Background";
        }

        var grace = options.Integer("gracePeriodSeconds") ?? Number(request, "gracePeriodSeconds");
        return errors.Count > 0
            ? throw Failures.Invalid("meta.k8s.io", "DeleteOptions", "", errors)
            : new DeleteOptions(
                grace < 0 ? 0 : grace, options.Text("preconditions", "uid"), options.Text("preconditions", "resourceVersion"), propagation, dryRun);
    }

    private static bool? Flag(HttpRequest request, string name) => request.Query.ContainsKey(name) ? IsTrue(request, name) : null;

    private static JsonObject Body(HttpRequest request, byte[] body)
    {
        if (body.Length == 0)
        {
            return [];
        }

        try
        {
            var type = Bodies.MediaType(request.ContentType);
            return (type switch
            {
                "" or "application/json" => JsonReading.Parse(body),
                Bodies.Protobuf => Bodies.ParseProtobuf(body),
                "application/yaml" => YamlReading.Parse(Encoding.UTF8.GetString(body)),
                _ => throw Failures.UnsupportedMediaType(),
            }) as JsonObject ?? [];
        }
        catch (Exception e) when (e is JsonException or YamlException)
        {
            throw Failures.BadRequest($"couldn't get version/kind; json parse error: {e.Message}");
        }
    }

    private static bool DryRun(IReadOnlyCollection<string> values, List<FieldError> errors)
    {
        if (values.Any(value => value is not ("All" or "")))
        {
            var shown = string.Join(", ", values.Select(value => $"\"{value}\""));
            errors.Add(new FieldError("FieldValueNotSupported", "dryRun", $"Unsupported value: []string{{{shown}}}: supported values: \"All\""));
        }

        return values.Contains("All");
    }

    private static string FromAgent(string agent)
    {
        var name = agent.Split('/')[0];
        return name.Length == 0 ? "unknown" : name[..Math.Min(name.Length, ManagerLimit)];
    }
}
