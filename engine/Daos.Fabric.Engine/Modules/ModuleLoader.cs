using System.Reflection;
using System.Runtime.Loader;

namespace Daos.Fabric.Engine.Modules;

/// <summary>
/// Finds modules in assemblies. An assembly is loaded into a context of its own that shares the engine's contracts, so that a module
/// may bring dependencies without disturbing others. Start-up only.
/// </summary>
internal static class ModuleLoader
{
    /// <summary>Every public module with a parameterless constructor in the assembly; the error is one sentence.</summary>
    internal static IReadOnlyList<IEngineModule>? Load(ModuleReference reference, string baseDirectory, out string? error)
    {
        string path = Locate(reference.Name, baseDirectory);
        try
        {
            Assembly assembly = new ModuleLoadContext(path).LoadFromAssemblyPath(path);
            List<IEngineModule> modules = [.. assembly.GetExportedTypes().Where(IsModule).OrderBy(t => t.FullName, StringComparer.Ordinal).Select(Create)];
            error = modules.Count == 0 ? $"module '{reference.Name}': {path} has no public class that implements {nameof(IEngineModule)}" : null;
            return modules.Count == 0 ? null : modules;
        }
        catch (System.IO.FileNotFoundException exception) when (exception.FileName == path)
        {
            error = $"module '{reference.Name}' is unknown: it is not built in (pool, cont, obj, ctl) and there is no assembly {path}";
            return null;
        }
        catch (Exception exception) when (exception is BadImageFormatException or System.IO.IOException or TypeLoadException or TargetInvocationException)
        {
            error = $"module '{reference.Name}' cannot be loaded from {path}: {(exception.InnerException ?? exception).Message}";
            return null;
        }
    }

    private static string Locate(string name, string baseDirectory)
    {
        string file = name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? name : name + ".dll";
        return System.IO.Path.GetFullPath(System.IO.Path.Combine(baseDirectory, file));
    }

    private static bool IsModule(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IEngineModule)) && type.GetConstructor(Type.EmptyTypes) is not null;

    private static IEngineModule Create(Type type) => (IEngineModule)Activator.CreateInstance(type)!;

    /// <summary>Resolves what lies next to the module; what the engine has itself is shared.</summary>
    private sealed class ModuleLoadContext(string path) : AssemblyLoadContext(System.IO.Path.GetFileNameWithoutExtension(path))
    {
        // Made when it is needed: its constructor wants the assembly to exist.
        private AssemblyDependencyResolver? _resolver;

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (Default.Assemblies.Any(a => a.GetName().Name == assemblyName.Name))
            {
                return null;
            }

            _resolver ??= new AssemblyDependencyResolver(path);
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
        }
    }
}
