using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Procedures;

/// <summary>Reads a step's <c>webhook</c>.</summary>
internal static class WebhookSection
{
    private const int ShortestSecret = 16;

    public static Webhook Read(ConfigurationSection section, string folder)
    {
        var usual = new Webhook { Url = "", SecretFile = "" };
        var webhook = new Webhook
        {
            Url = section.Url("url", null, "https", "http"),
            SecretFile = section.Text("secret-file"),
            PollEvery = section.Duration("poll-every", usual.PollEvery, TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(10)),
            RequestTimeout = section.Duration("request-timeout", usual.RequestTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            PlainHttp = section.Bool("plain-http", false),
            Authorities = section.OptionalText("authorities"),
        };
        if (Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url))
        {
            if (url.Fragment.Length > 0)
                section.Error("url", "cannot contain a fragment");
            if (url is { Scheme: "http", IsLoopback: false } && !webhook.PlainHttp)
                section.Error("url", "must be https except on the loopback: anybody on the network could read the permit, and answer; plain-http: true accepts that");
        }

        if (webhook.Authorities is { } authorities)
            CheckAuthorities(section, webhook, Path.GetFullPath(authorities, folder));
        if (webhook.SecretFile.Length > 0)
            CheckSecret(section, Path.GetFullPath(webhook.SecretFile, folder));
        return webhook;
    }

    private static void CheckAuthorities(ConfigurationSection section, Webhook webhook, string file)
    {
        if (webhook.Url.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
            section.Error("authorities", "vouch for a far end by https: change the scheme of 'url', or remove this");
        if (OwnerOnly.Refusal(file) is { } open)
            section.Error("authorities", open);
        try
        {
            WebhookTrust.Load(file);
        }
        catch (ConfigurationException exception)
        {
            section.Error("authorities", $"{file}: {exception.Errors[0].Message}");
        }
    }

    private static void CheckSecret(ConfigurationSection section, string file)
    {
        try
        {
            if (SecretFile.ReadText(file).Length < ShortestSecret)
                section.Error("secret-file", $"needs a secret of at least {ShortestSecret} characters, such as openssl rand -hex 32 makes");
        }
        catch (ConfigurationException exception)
        {
            section.Error("secret-file", $"{file}: {exception.Errors[0].Message}");
        }
    }
}
