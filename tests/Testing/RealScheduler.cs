namespace MesosK8sBridge.Testing;

/// <summary>A real kube-scheduler. It looks at Pods that no node has been chosen for, and at no others.</summary>
public sealed class RealScheduler(string assets, string kubeconfig) : ChildProcess(
    Path.Combine(assets, "kube-scheduler"),
    ["--kubeconfig", kubeconfig, "--leader-elect=false", "--port", "0", "--secure-port", "0", "--kube-api-qps", "200", "--kube-api-burst", "400"]);
