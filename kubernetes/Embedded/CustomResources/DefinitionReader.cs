using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>Makes the resources to be served of a CustomResourceDefinition.</summary>
internal static class DefinitionReader
{
    /// <summary>One for each served version.</summary>
    public static IReadOnlyList<ResourceInfo> Resources(JsonObject definition) =>
        [.. definition.Array("spec", "versions").Objects().Where(v => v.Flag("served") is true).Select(v => Resource(definition, v))];

    private static ResourceInfo Resource(JsonObject definition, JsonObject version)
    {
        var names = definition.Object("spec", "names")!;
        var schema = new CustomSchema(version.Object("schema", "openAPIV3Schema") ?? []);
        var scale = version.Object("subresources", "scale");
        return new ResourceInfo
        {
            Group = definition.Text("spec", "group") ?? "",
            Version = version.Text("name") ?? "",
            Plural = names.Text("plural") ?? "",
            Singular = names.Text("singular") ?? "",
            Kind = names.Text("kind") ?? "",
            ListKind = names.Text("listKind") ?? "",
            ShortNames = [.. names.Array("shortNames").Strings()],
            Categories = [.. names.Array("categories").Strings()],
            Namespaced = definition.Text("spec", "scope") == "Namespaced",
            HasStatus = version.Object("subresources", "status") is not null,
            Scale = scale is null ? null : new ScalePaths(Path(scale, "specReplicasPath"), Path(scale, "statusReplicasPath"), scale.Text("labelSelectorPath")?.TrimStart('.')),
            HasGeneration = true,
            AllowsBlindUpdate = false,
            Custom = true,
            Type = schema.OwnershipType,
            Schema = version.Object("schema", "openAPIV3Schema"),
            Rules = new CustomRules(schema),
            Columns = CustomColumns.Of(version.Array("additionalPrinterColumns")),
        };
    }

    private static string Path(JsonObject scale, string member) => scale.Text(member)?.TrimStart('.') ?? "";
}
