using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Whether what was sent is what belongs under the URL.</summary>
internal static class Kinds
{
    /// <summary>Of a built-in type kind and version may be left out.</summary>
    public static void Check(JsonObject body, ResourceInfo resource)
    {
        var (kind, version) = (body.Text("kind") ?? "", body.Text("apiVersion") ?? "");
        if (resource.Custom)
        {
            CheckCustom(body, resource, kind, version);
        }
        else if (kind.Length > 0 && kind != resource.Kind)
        {
            throw Failures.BadRequest(
                $"{kind} in version \"{Short(version)}\" cannot be handled as a {resource.Kind}: converting ({Short(version)}.{kind}) to (core.{resource.Kind}): unknown conversion");
        }
        else if (version.Length > 0 && version != resource.ApiVersion)
        {
            throw Failures.BadRequest(
                $"{resource.Kind} in version \"{Short(version)}\" cannot be handled as a {resource.Kind}: "
                + $"no kind \"{resource.Kind}\" is registered for version \"{version}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"");
        }
    }

    private static void CheckCustom(JsonObject body, ResourceInfo resource, string kind, string version)
    {
        if (kind.Length == 0)
        {
            throw Failures.BadRequest(
                $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: unmarshalerDecoder: "
                + $"Object 'Kind' is missing in '{JsonTree.ToText(body)}'");
        }

        if (version != resource.ApiVersion)
        {
            throw Failures.BadRequest($"the API version in the data ({version}) does not match the expected API version ({resource.ApiVersion})");
        }

        if (kind != resource.Kind)
        {
            throw Failures.Invalid(resource.Group, kind, Api.Metadata.Name(body), [FieldError.Invalid("kind", kind, $"must be {resource.Kind}")]);
        }
    }

    private static string Short(string version) => version[(version.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
