using System.Reflection;
using System.Runtime.InteropServices;

namespace Daos.Fabric.NoNative.Native;

/// <summary>
/// Refuses every native library, the C library included, to every assembly that stands beside the program: what .NET itself loads is not
/// ours and stays. Any thread.
/// </summary>
internal static class Refusal
{
    internal static void Install()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Refuse(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            Refuse(assembly);
        }
    }

    private static void Refuse(Assembly assembly)
    {
        string name = assembly.GetName().Name ?? "";
        bool isOurs = name.StartsWith("Daos.Fabric.", StringComparison.Ordinal) || name is "daos_engine" or "dfio";
        if (isOurs && assembly != typeof(Refusal).Assembly)
        {
            NativeLibrary.SetDllImportResolver(
                assembly,
                (library, importing, _) =>
                    throw new DllNotFoundException($"'{library}' is refused to {importing.GetName().Name}: this process shows what works without"));
        }
    }
}
