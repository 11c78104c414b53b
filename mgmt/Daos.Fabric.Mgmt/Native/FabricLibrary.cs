using System.Runtime.InteropServices;

namespace Daos.Fabric.Mgmt.Native;

/// <summary>Whether libfabric can be loaded: engines load it themselves. Any thread.</summary>
internal static class FabricLibrary
{
    internal static bool IsInstalled
    {
        get
        {
            string name = Environment.GetEnvironmentVariable("DAOS_LIBFABRIC") ?? "libfabric.so.1";
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                return false;
            }

            NativeLibrary.Free(library);
            return true;
        }
    }
}
