using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Store.Media.Trimming;
using YamlDotNet.RepresentationModel;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <content>Tiers and trimming.</content>
internal sealed partial class YamlSettings
{
    private static readonly string[] s_tierKeys = ["path", "bdev_list", "bdev_roles"];

    private StorageTier ReadTier(YamlNode node)
    {
        string? path = null;
        var devices = new List<string>();
        DeviceRoles roles = DeviceRoles.None;
        foreach ((string key, YamlNode value) in Pairs(node, s_tierKeys, "a tier"))
        {
            if (key == "path")
            {
                path = Text(key, value);
                continue;
            }

            foreach (YamlNode item in Items(key, value))
            {
                if (key == "bdev_list")
                {
                    devices.Add(Text(key, item));
                }
                else
                {
                    roles |= RoleOf(key, item);
                }
            }
        }

        return (path, devices.Count) switch
        {
            (null, > 0) => StorageTier.Of(devices, roles),
            ({ } directory, 0) => new StorageTier(directory, roles),
            (null, _) => throw Error(node, "a tier needs a 'path' or a 'bdev_list'"),
            _ => throw Error(node, "a tier has a 'path' or a 'bdev_list', not both"),
        };
    }

    private DeviceRoles RoleOf(string key, YamlNode node) => Text(key, node) switch
    {
        "wal" => DeviceRoles.Wal,
        "meta" => DeviceRoles.Meta,
        "data" => DeviceRoles.Data,
        string other => throw Error(node, $"'{key}' must name wal, meta and data, not '{other}'"),
    };

    private TrimMode TrimModeOf(string key, YamlNode node) => Text(key, node) switch
    {
        "devices" => TrimMode.Devices,
        "always" => TrimMode.Always,
        "off" => TrimMode.Off,
        string other => throw Error(node, $"'{key}' must be devices, always or off, not '{other}'"),
    };
}
