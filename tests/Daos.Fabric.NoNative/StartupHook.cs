/// <summary>What .NET calls before a process's Main when DOTNET_STARTUP_HOOKS names this assembly; it asks for this name, without a namespace.</summary>
internal static class StartupHook
{
    /// <summary>From here on no assembly of this repository gets a native library.</summary>
    public static void Initialize() => Daos.Fabric.NoNative.Native.Refusal.Install();
}
