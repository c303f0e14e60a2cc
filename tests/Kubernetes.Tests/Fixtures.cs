using MesosK8sBridge.Testing;

[assembly: AssemblyFixture(typeof(EmbeddedServer))]
[assembly: AssemblyFixture(typeof(RealApiServer))]
