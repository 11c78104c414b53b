using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Tests.Ofi;

/// <summary>
/// Compiles a program against the installed headers that prints every size, offset and constant which the mirrors name, and compares.
/// The program is written from the mirrors themselves, so nothing can be forgotten.
/// </summary>
public sealed class AbiProbeTests
{
    private const string Header = "/usr/include/rdma/fabric.h";
    private const string Includes = """
        #include <poll.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/uio.h>
        #include <rdma/fabric.h>
        #include <rdma/fi_cm.h>
        #include <rdma/fi_domain.h>
        #include <rdma/fi_endpoint.h>
        #include <rdma/fi_eq.h>
        #include <rdma/fi_errno.h>
        #include <rdma/fi_rma.h>

        """;

    // Sizes that we mirror in part: the provider says by its size field how much it has.
    private static readonly HashSet<string> s_partial =
        ["fi_ops", "fi_ops_fabric", "fi_ops_av", "fi_ops_domain", "fi_ops_mr", "fi_ops_msg", "fi_ops_cm", "fi_ops_cq", "fi_ops_rma"];

    private static readonly Type[] s_constants = [typeof(FiFabric), typeof(FiDomain), typeof(FiEq), typeof(FiErrno)];

    [Fact]
    public void Mirrors_AgainstInstalledHeaders_EverySizeOffsetAndConstantAgrees()
    {
        Assert.SkipUnless(File.Exists(Header), $"{Header} is missing (Debian: apt-get install libfabric-dev)");
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is missing (Debian: apt-get install gcc)");
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string[] printed = RunProbe(expected).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Select(e => $"{e.Key} {e.Value}"), printed);
        Assert.True(expected.Count > 200, $"only {expected.Count} figures are compared");
    }

    private static string RunProbe(SortedDictionary<string, string> expected)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Type type in Mirrors())
        {
            AddStruct(type, expected, lines);
        }

        foreach (FieldInfo constant in s_constants.SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic)))
        {
            string name = constant.Name == "FI_VERSION_ASKED" ? "FI_VERSION(1, 17)" : constant.Name;
            expected[constant.Name] = Convert.ToUInt64(Unsigned(constant.GetRawConstantValue()!)).ToString();
            lines[constant.Name] = $"printf(\"{constant.Name} %llu\\n\", (unsigned long long)({name}));";
        }

        string source = $"{Includes}int main(void)\n{{\n{string.Join('\n', lines.Values)}\nreturn 0;\n}}\n";
        string directory = Directory.CreateTempSubdirectory("daos-abi-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "probe.c"), source);
            Run("/usr/bin/gcc", $"-o {directory}/probe {directory}/probe.c");
            return Run(Path.Combine(directory, "probe"), "");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IEnumerable<Type> Mirrors() => typeof(FiFabric).Assembly.GetTypes()
        .Where(t => t.Namespace == typeof(FiFabric).Namespace && t.IsValueType && char.IsLower(t.Name[0]));

    private static void AddStruct(Type type, SortedDictionary<string, string> expected, SortedDictionary<string, string> lines)
    {
        if (!s_partial.Contains(type.Name))
        {
            expected[type.Name] = SizeOf(type).ToString();
            lines[type.Name] = $"printf(\"{type.Name} %zu\\n\", sizeof(struct {type.Name}));";
        }

        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            string key = $"{type.Name}.{field.Name}";
            expected[key] = OffsetOf(type, field).ToString();
            lines[key] = $"printf(\"{key} %zu\\n\", offsetof(struct {type.Name}, {field.Name}));";
        }
    }

    private static object Unsigned(object value) => value is int number ? (ulong)(uint)number : value;

    private static int SizeOf(Type type)
    {
        var method = new DynamicMethod("size", typeof(int), [], typeof(AbiProbeTests).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Sizeof, type);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    }

    // The address of the field in a structure at address 0.
    private static int OffsetOf(Type type, FieldInfo field)
    {
        var method = new DynamicMethod("offset", typeof(int), [], typeof(AbiProbeTests).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        LocalBuilder value = code.DeclareLocal(type);
        code.Emit(OpCodes.Ldloca, value);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca, value);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    }

    private static string Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, e) => errors.AppendLine(e.Data);
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.ToString());
        return output;
    }
}
