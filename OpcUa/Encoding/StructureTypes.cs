using System.Collections.Frozen;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

/// <summary>Decodes the fields of one structure, whose type stood before them.</summary>
internal delegate IEncodable StructureDecoder(ref UaBinaryReader reader);

/// <summary>The structures that are decoded inside an ExtensionObject; all others are kept as bytes.</summary>
internal static class StructureTypes
{
    private static readonly FrozenDictionary<uint, StructureDecoder> Known = Table().ToFrozenDictionary();

    /// <param name="typeId">Id of the binary encoding.</param>
    public static StructureDecoder? Find(NodeId typeId) =>
        typeId is { NamespaceIndex: 0, IdType: IdType.Numeric } ? Known.GetValueOrDefault(typeId.NumericIdentifier) : null;

    private static Dictionary<uint, StructureDecoder> Table()
    {
        var table = new Dictionary<uint, StructureDecoder>();
        Add<AnonymousIdentityToken>();
        Add<UserNameIdentityToken>();
        Add<X509IdentityToken>();
        Add<IssuedIdentityToken>();
        Add<DataChangeFilter>();
        Add<EventFilter>();
        Add<SimpleAttributeOperand>();
        Add<LiteralOperand>();
        Add<ElementOperand>();
        Add<ContentFilter>();
        Add<DataChangeNotification>();
        Add<EventNotificationList>();
        Add<StatusChangeNotification>();
        Add<ReadRawModifiedDetails>();
        Add<ReadAtTimeDetails>();
        Add<HistoryData>();
        Add<HistoryModifiedData>();
        Add<ApplicationDescription>();
        Add<EndpointDescription>();
        Add<UserTokenPolicy>();
        Add<BuildInfo>();
        Add<ServerStatusDataType>();
        Add<RedundantServerDataType>();
        Add<NetworkGroupDataType>();
        Add<EndpointUrlListDataType>();
        Add<SignedSoftwareCertificate>();
        Add<Argument>();
        Add<EnumValueType>();
        Add<Services.Range>();
        Add<EUInformation>();
        Add<TimeZoneDataType>();
        return table;

        void Add<T>() where T : IEncodable<T> => table.Add(T.BinaryEncodingId, static (ref r) => T.Decode(ref r));
    }
}
