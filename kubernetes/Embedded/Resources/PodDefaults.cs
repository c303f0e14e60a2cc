using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <summary>What a Pod gets that does not say otherwise.</summary>
/// <remarks>Kubernetes: pkg/apis/core/v1/defaults.go; plugin/pkg/admission/defaulttolerationseconds, priority.</remarks>
internal static class PodDefaults
{
    private static readonly (string Member, string? Protocol)[] Probes = [("livenessProbe", null), ("readinessProbe", null), ("startupProbe", null)];

    public static void Apply(JsonObject pod)
    {
        var spec = pod.Child("spec");
        foreach (var container in spec.Array("initContainers").Objects().Concat(spec.Array("containers").Objects()))
        {
            Container(container, spec.Flag("hostNetwork") is true);
        }

        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30L);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        spec.Default("enableServiceLinks", true);
        Volumes(spec);
        if (spec.Text("serviceAccountName") is { } account)
        {
            spec["serviceAccount"] = account;
        }
        else if (spec.Text("serviceAccount") is { } older)
        {
            spec["serviceAccountName"] = older;
        }

        pod.Child("status");
    }

    /// <summary>What admission adds at creation.</summary>
    public static void Admit(JsonObject pod)
    {
        var spec = pod.Child("spec");
        spec.Default("priority", 0L);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        foreach (var key in new[] { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" })
        {
            Tolerate(spec, key);
        }
    }

    private static void Tolerate(JsonObject spec, string key)
    {
        var tolerations = spec.Array("tolerations");
        if (tolerations.Objects().Any(t => (t.Text("key") is null or "" || t.Text("key") == key) && t.Text("effect") is null or "" or "NoExecute"))
        {
            return;
        }

        if (tolerations is null)
        {
            spec["tolerations"] = tolerations = [];
        }

        tolerations.Add(new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300L });
    }

    private static void Container(JsonObject container, bool hostNetwork)
    {
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        if (container.Text("image") is { } image)
        {
            container.Default("imagePullPolicy", IsLatest(image) ? "Always" : "IfNotPresent");
        }

        foreach (var port in container.Array("ports").Objects())
        {
            port.Default("protocol", "TCP");
            if (hostNetwork)
            {
                port.Default("hostPort", port["containerPort"]?.DeepClone());
            }
        }

        foreach (var (member, _) in Probes)
        {
            Probe(container.Object(member));
        }

        foreach (var variable in container.Array("env").Objects())
        {
            variable.Object("valueFrom", "fieldRef")?.Default("apiVersion", "v1");
        }

        var resources = container.Child("resources");
        foreach (var (name, limit) in resources.Object("limits")?.ToList() ?? [])
        {
            resources.Child("requests").Default(name, limit?.DeepClone());
        }
    }

    private static void Probe(JsonObject? probe)
    {
        if (probe is null)
        {
            return;
        }

        probe.Default("timeoutSeconds", 1L);
        probe.Default("periodSeconds", 10L);
        probe.Default("successThreshold", 1L);
        probe.Default("failureThreshold", 3L);
        if (probe.Object("httpGet") is { } get)
        {
            get.Default("path", "/");
            get.Default("scheme", "HTTP");
        }
    }

    private static void Volumes(JsonObject spec)
    {
        foreach (var volume in spec.Array("volumes").Objects())
        {
            if (volume.Count == 1)
            {
                volume["emptyDir"] = new JsonObject();
            }

            foreach (var source in new[] { "secret", "configMap", "downwardAPI", "projected" })
            {
                volume.Object(source)?.Default("defaultMode", 420L);
            }

            volume.Object("hostPath")?.Default("type", "");
        }
    }

    private static bool IsLatest(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        return !name.Contains('@', StringComparison.Ordinal) && (!name.Contains(':', StringComparison.Ordinal) || name.EndsWith(":latest", StringComparison.Ordinal));
    }
}
