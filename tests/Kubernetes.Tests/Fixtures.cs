using MesosK8sBridge.Testing;

[assembly: AssemblyFixture(typeof(EmbeddedCluster))]
[assembly: AssemblyFixture(typeof(RealApiServer))]
