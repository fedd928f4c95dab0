using CsCheck;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Encoding;

/// <summary>Values of every built-in type, null and extreme ones included.</summary>
internal static class Generators
{
    private static readonly Gen<string?> Text = Gen.OneOf(
        None<string>(),
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 12].Select(s => (string?)s),
        Gen.Const<string?>("水\U0001F525"));

    private static readonly Gen<byte[]?> Binary = Gen.OneOf(None<byte[]>(), Gen.Byte.Array[0, 12].Select(b => (byte[]?)b));

    private static readonly Gen<DateTime> Time = Gen.OneOf(
        Gen.Long[0, 2_650_467_743_990_000_000].Select(UaDateTime.FromWire),
        Gen.Const(UaDateTime.FromWire(0)), Gen.Const(UaDateTime.FromWire(long.MaxValue)));

    public static readonly Gen<NodeId> NodeIds = Gen.OneOf(
        Gen.Select(Gen.UInt, Gen.UShort, (i, n) => new NodeId(i, n)),
        Gen.Select(Gen.UInt[0, 300], Gen.UShort[0, 300], (i, n) => new NodeId(i, n)),
        Gen.Select(Text, Gen.UShort, (s, n) => new NodeId(s ?? "", n)),
        Gen.Select(Gen.Guid, Gen.UShort, (g, n) => new NodeId(g, n)),
        Gen.Select(Binary, Gen.UShort, (b, n) => new NodeId(b ?? [], n)));

    public static readonly Gen<ExpandedNodeId> ExpandedNodeIds =
        Gen.Select(NodeIds, Text, Gen.UInt, (id, uri, server) => string.IsNullOrEmpty(uri) ? new ExpandedNodeId(id, null, server) : new ExpandedNodeId(id.WithNamespace(0), uri, server));

    private static readonly Gen<StatusCode> Status = Gen.OneOf(Gen.Const(default(StatusCode)), Gen.UInt.Select(v => new StatusCode(v)));
    private static readonly Gen<QualifiedName> Name = Gen.Select(Gen.UShort, Text, (n, s) => new QualifiedName(n, s));
    private static readonly Gen<LocalizedText> Localized = Gen.Select(Text, Text, (l, t) => new LocalizedText(l, t));

    private static readonly Gen<DiagnosticInfo?> Diagnostics = Gen.Recursive<DiagnosticInfo?>((depth, self) => Gen.Select(
        Maybe(Gen.Int), Maybe(Gen.Int), Text, Maybe(Status), depth < 4 ? Gen.OneOf(None<DiagnosticInfo>(), self) : None<DiagnosticInfo>(),
        (symbol, locale, text, status, inner) => symbol is null && locale is null && text is null && status is null && inner is null
            ? null
            : new DiagnosticInfo { SymbolicId = symbol, Locale = locale, LocalizedText = locale, AdditionalInfo = text, InnerStatusCode = status, InnerDiagnosticInfo = inner }));

    private static readonly Gen<ExtensionObject?> Extension = Gen.OneOf(
        None<ExtensionObject>(),
        Gen.Select(Gen.Double, Gen.Double, (low, high) => (ExtensionObject?)new ExtensionObject(new OpcUa.Services.Range { Low = low, High = high })),
        Gen.Select(NodeIds, Gen.Byte.Array[0, 12], (id, b) => (ExtensionObject?)ExtensionObject.FromBinary(id.WithNamespace(7), b)),
        Gen.Select(NodeIds, Text, (id, x) => (ExtensionObject?)ExtensionObject.FromXml(id, x ?? "")));

    private static readonly Gen<Variant> Scalar = Gen.OneOf(
        Gen.Const(Variant.Null),
        Gen.Bool.Select(v => new Variant(v)), Gen.SByte.Select(v => new Variant(v)), Gen.Byte.Select(v => new Variant(v)),
        Gen.Short.Select(v => new Variant(v)), Gen.UShort.Select(v => new Variant(v)), Gen.Int.Select(v => new Variant(v)), Gen.UInt.Select(v => new Variant(v)),
        Gen.Long.Select(v => new Variant(v)), Gen.ULong.Select(v => new Variant(v)), Gen.Float.Select(v => new Variant(v)), Gen.Double.Select(v => new Variant(v)),
        Text.Select(v => new Variant(v)), Time.Select(v => new Variant(v)), Gen.Guid.Select(v => new Variant(v)), Binary.Select(v => new Variant(v)),
        Text.Select(Variant.FromXmlElement), NodeIds.Select(v => new Variant(v)), ExpandedNodeIds.Select(v => new Variant(v)), Status.Select(v => new Variant(v)),
        Name.Select(v => new Variant(v)), Localized.Select(v => new Variant(v)), Extension.Select(v => new Variant(v)), Diagnostics.Select(v => new Variant(v)));

    public static readonly Gen<Variant> Variants = Gen.Recursive<Variant>((depth, self) => depth > 3 ? Scalar : Gen.Frequency(
        (6, Scalar), (2, Arrays()), (1, self.Array[0, 4].Select(v => Variant.FromArray(v))),
        (1, DataValuesOf(self).Select(v => new Variant(v))), (1, DataValuesOf(self).Array[0, 3].Select(v => Variant.FromArray(v)))));

    public static readonly Gen<DataValue> DataValues = DataValuesOf(Variants);

    private static Gen<DataValue> DataValuesOf(Gen<Variant> values) => Gen.Select(values, Status, Time, Time, Gen.UShort[0, 9999], Gen.UShort[0, 9999],
        (v, s, source, server, ps, pv) => new DataValue(v, s, source, server) { SourcePicoseconds = ps, ServerPicoseconds = pv });

    private static Gen<Variant> Arrays() => Gen.OneOf(
        Of(Gen.Bool), Of(Gen.SByte), Of(Gen.Byte), Of(Gen.Short), Of(Gen.UShort), Of(Gen.Int), Of(Gen.UInt), Of(Gen.Long), Of(Gen.ULong), Of(Gen.Float), Of(Gen.Double),
        Of(Text), Of(Time), Of(Gen.Guid), Of(Binary), Text.Array[0, 4].Select(Variant.FromXmlElements), Of(NodeIds), Of(ExpandedNodeIds), Of(Status), Of(Name), Of(Localized),
        Of(Extension), Of(Diagnostics), Gen.Const(Variant.FromArray<int>(null)));

    private static Gen<T?> None<T>() where T : class => Gen.Const(static () => (T?)null);

    private static Gen<T?> Maybe<T>(Gen<T> gen) where T : struct => Gen.Select(Gen.Bool, gen, (absent, v) => absent ? null : (T?)v);

    // A plain array, or two rows of it.
    private static Gen<Variant> Of<T>(Gen<T> element) =>
        Gen.Select(element.Array[0, 4], Gen.Bool, (v, twice) => twice ? Variant.FromArray([.. v, .. v], 2, v.Length) : Variant.FromArray(v));
}
