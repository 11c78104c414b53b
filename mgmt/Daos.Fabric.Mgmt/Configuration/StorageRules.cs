namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>Rules of the tiers of one engine. One thread.</summary>
internal sealed class StorageRules(ConfigSection file, ConfigSection engine, ConfigProblems problems)
{
    private const int TiersMax = 3;

    private static readonly TierClass[] s_first = [TierClass.Dir, TierClass.Ram, TierClass.Dcpm];
    private static readonly TierClass[] s_further = [TierClass.Dir, TierClass.File, TierClass.Kdev, TierClass.Nvme];

    // Which key makes sense with which class.
    private static readonly (string Key, TierClass[] Classes)[] s_classesOf =
    [
        ("scm_list", [TierClass.Dcpm]),
        ("scm_size", [TierClass.Ram]),
        ("scm_hugepages_disabled", [TierClass.Ram]),
        ("bdev_size", [TierClass.File]),
    ];

    internal void Check()
    {
        IReadOnlyList<ConfigSection> tiers = engine.Sections("storage");
        if (tiers.Count == 0)
        {
            if (engine.Node.Entries?.Any(e => e.Key.Text == "storage" && !e.Value.IsAbsent) != true)
            {
                problems.Error(engine.Node, "this engine has no 'storage'; add a tier such as - {class: dir, scm_mount: /var/lib/daos/engine0}");
            }

            return;
        }

        CheckFirst(tiers[0]);
        foreach (ConfigSection tier in tiers.Skip(1))
        {
            CheckFurther(tier);
        }

        if (tiers.Count > TiersMax + 1)
        {
            problems.Error(tiers[TiersMax + 1].Node, $"there are {tiers.Count - 1} tiers for log, metadata and data; the three roles lie on at most {TiersMax}");
            return;
        }

        CheckRoles([.. tiers.Skip(1)]);
        CheckPersistence(tiers);
    }

    private void CheckFirst(ConfigSection tier)
    {
        if (!CheckClass(tier, s_first, "the first tier"))
        {
            return;
        }

        Refuse(tier, ["bdev_list", "bdev_size", "bdev_roles"], "belongs to further tiers");
        Require(tier, "scm_mount", "the directory of the first tier");
        if (ConfigTyping.ClassOf(tier) == TierClass.Dcpm && Require(tier, "scm_list", "the device of class dcpm, such as [/dev/pmem0]"))
        {
            One(tier, "scm_list");
        }
    }

    private void CheckFurther(ConfigSection tier)
    {
        if (!CheckClass(tier, s_further, "a further tier"))
        {
            return;
        }

        Refuse(tier, ["scm_mount", "scm_list", "scm_size"], "belongs to the first tier");
        if (Require(tier, "bdev_list", "what the tier lies on") && One(tier, "bdev_list"))
        {
            string device = tier.List("bdev_list")[0];
            bool isNvme = ConfigTyping.ClassOf(tier) == TierClass.Nvme;
            if (isNvme != ValueParser.IsPciAddress(device))
            {
                problems.Error(tier.Value("bdev_list").Node, isNvme
                    ? $"'bdev_list' of class nvme takes a PCI address such as 0000:81:00.0, not '{ConfigText.Quote(device)}'; for a path use class kdev"
                    : $"'bdev_list' of class {tier.Text("class")} takes an absolute path, not '{device}'; for a PCI address use class nvme");
            }
            else if (file.List("bdev_exclude").Contains(device))
            {
                problems.Error(tier.Value("bdev_list").Node, $"'{device}' stands in 'bdev_exclude' (line {file.Value("bdev_exclude").Node.Line}) and is used here; leave one out");
            }
        }

        if (ConfigTyping.ClassOf(tier) == TierClass.File)
        {
            Require(tier, "bdev_size", "the size of the file, such as 16GiB");
        }
    }

    private bool CheckClass(ConfigSection tier, TierClass[] allowed, string which)
    {
        string names = Words.Or([.. allowed.Select(c => c.ToString().ToLowerInvariant())]);
        if (ConfigTyping.ClassOf(tier) is not { } given)
        {
            if (tier.Node.Entries?.Any(e => e.Key.Text == "class" && !e.Value.IsAbsent) != true)
            {
                problems.Error(tier.Node, $"{which} has no 'class'; it is {names}");
            }

            return false;
        }

        if (!allowed.Contains(given))
        {
            problems.Error(tier.Value("class").Node, $"'class' of {which} must be {names}, not '{tier.Text("class")}'");
            return false;
        }

        foreach ((string key, TierClass[] classes) in s_classesOf.Where(k => tier.IsGiven(k.Key) && !k.Classes.Contains(given)))
        {
            problems.Error(tier.Value(key).Node, $"'{key}' contradicts class {tier.Text("class")}: it is for class {classes[0].ToString().ToLowerInvariant()}");
        }

        return true;
    }

    private void CheckRoles(ConfigSection[] tiers)
    {
        int named = tiers.Count(static t => t.IsGiven("bdev_roles"));
        if (named == 0)
        {
            return;
        }

        if (named != tiers.Length)
        {
            problems.Error(tiers.First(static t => !t.IsGiven("bdev_roles")).Node, "this tier has no 'bdev_roles' and another one has; name the roles of all tiers or of none");
            return;
        }

        foreach (string role in (string[])["wal", "meta", "data"])
        {
            ConfigSection[] holders = [.. tiers.Where(t => t.List("bdev_roles").Contains(role))];
            if (holders.Length != 1)
            {
                problems.Error((holders.LastOrDefault() ?? tiers[0]).Value("bdev_roles").Node, $"the role {role} lies on {holders.Length} tiers; each of wal, meta and data lies on one");
            }
        }

        if (tiers.FirstOrDefault(static t => t.List("bdev_roles") is var r && r.Contains("wal") && r.Contains("data") && !r.Contains("meta")) is { } shared)
        {
            problems.Error(shared.Value("bdev_roles").Node, "'bdev_roles' puts wal and data on a tier without meta; put meta there too, or one of them elsewhere");
        }
    }

    // What the log and the data survive, the engine's own tables and the superblock must survive too.
    private void CheckPersistence(IReadOnlyList<ConfigSection> tiers)
    {
        if (ConfigTyping.ClassOf(tiers[0]) != TierClass.Ram)
        {
            return;
        }

        bool hasMetadata = file.Section("control_metadata").IsGiven("path");
        if (tiers.Count > 1 && !hasMetadata)
        {
            problems.Error(tiers[0].Value("class").Node, "the first tier is a RAM disk and others are not: without 'control_metadata' a restart of the machine loses what the engine needs to find its pools; add control_metadata: {path: DIRECTORY}");
        }
        else if (tiers.Count == 1)
        {
            problems.Warn(tiers[0].Value("class").Node, "everything lies on a RAM disk: a restart of the machine loses all pools");
        }
    }

    private bool Require(ConfigSection tier, string name, string what)
    {
        bool isThere = tier.IsGiven(name);
        if (!isThere && tier.Node.Entries?.Any(e => e.Key.Text == name && !e.Value.IsAbsent) != true)
        {
            problems.Error(tier.Node, $"a tier of class {tier.Text("class")} needs '{name}': {what}");
        }

        return isThere;
    }

    private bool One(ConfigSection tier, string name)
    {
        int count = tier.List(name).Length;
        if (count != 1)
        {
            problems.Error(tier.Value(name).Node, $"'{name}' has {count} items; a tier lies on one, so put several devices together with md or LVM, or use further tiers");
        }

        return count == 1;
    }

    private void Refuse(ConfigSection tier, string[] names, string why)
    {
        foreach (string name in names.Where(tier.IsGiven))
        {
            problems.Error(tier.Value(name).Node, $"'{name}' {why}");
        }
    }
}
