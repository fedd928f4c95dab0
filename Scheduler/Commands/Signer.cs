using System.CommandLine;
using System.Text;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Commands;

/// <summary>Asks who uses the command line for the password of their account, to sign with. It is never an argument: those are seen by everybody on the machine.</summary>
internal static class Signer
{
    private const int LongestLine = 1024;

    public static readonly Option<bool> FromInput = new("--password-stdin")
    {
        Description = "Read the password to sign with from the first line of standard input, instead of asking for it",
    };

    /// <summary>Says what is signed, then asks for the password.</summary>
    /// <param name="parsed">Names the account by <c>--as</c>.</param>
    /// <param name="what">What is signed, in one sentence.</param>
    /// <param name="meaning">As one of <see cref="Ledger.Signatures.SignatureMeanings"/>.</param>
    /// <param name="covers">SHA-256 (lower-case hex) of it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CommandException">There is no terminal to ask at, or no password came.</exception>
    public static async Task<(string Name, string Password)> AskAsync(ParseResult parsed, string what, string meaning, string covers, CancellationToken cancellation)
    {
        var name = SchedulerCommandLine.Who(parsed);
        await Console.Error.WriteLineAsync(Printable.Line($"{name} signs, with the meaning '{meaning}': {what}"));
        await Console.Error.WriteLineAsync($"The signature covers SHA-256 {covers}.");
        if (parsed.GetValue(FromInput))
            return (name, await ReadLineAsync(cancellation));
        if (Console.IsInputRedirected)
            throw new CommandException(
                "this must be signed, and there is no terminal to ask for a password at: give --password-stdin and the password on standard input (from a file: --password-stdin < FILE)", ExitCodes.Usage);
        await Console.Error.WriteAsync(Printable.Line($"Password of {name} at the console: "));
        return (name, ReadHidden(cancellation));
    }

    private static async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        var line = new char[LongestLine];
        var length = 0;
        while (length < line.Length && await Console.In.ReadAsync(line.AsMemory(length, 1), cancellation) == 1 && line[length] != '\n')
            length++;
        var password = new string(line, 0, length).TrimEnd('\r');
        return password.Length is > 0 and <= Passwords.LongestAllowed ? password
            : throw new CommandException($"the first line of standard input must hold the password, at most {Passwords.LongestAllowed} characters", ExitCodes.Usage);
    }

    private static string ReadHidden(CancellationToken cancellation)
    {
        var password = new StringBuilder();
        for (ConsoleKeyInfo key; (key = Console.ReadKey(intercept: true)).Key != ConsoleKey.Enter; cancellation.ThrowIfCancellationRequested())
            if (key.Key == ConsoleKey.Backspace)
                password.Length = Math.Max(0, password.Length - 1);
            else if (!char.IsControl(key.KeyChar) && password.Length < Passwords.LongestAllowed)
                password.Append(key.KeyChar);
        Console.Error.WriteLine();
        return password.Length > 0 ? password.ToString() : throw new CommandException("no password, so nothing was signed");
    }
}
