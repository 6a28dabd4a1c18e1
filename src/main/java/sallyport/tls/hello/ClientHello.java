package sallyport.tls.hello;

import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.tls.policy.TlsPolicy.Group;
import sallyport.tls.policy.TlsPolicy.Suite;
import sallyport.tls.policy.TlsPolicy.Version;
import sallyport.values.HostNames;

/**
 * Offer of a client, read from its first message (RFC 8446 section 4.1.2) before any key is used.
 * Every length is checked against the octets that are there. Immutable.
 *
 * @param legacyVersion the version field of old, which TLS 1.3 froze at 0x0303
 * @param versions from supported_versions; empty when the client did not send it
 * @param groups from supported_groups; empty when the client did not send it
 * @param signatures from signature_algorithms; empty when the client did not send it
 * @param offersResumption whether it claims to have a session of ours (a ticket in TLS 1.2, RFC
 *     5077; a pre-shared key in TLS 1.3)
 * @param protocols from application_layer_protocol_negotiation, in the client's order; empty when
 *     the client did not send it
 * @param serverName lower case, without the dot of the root, which some clients send although RFC
 *     6066 section 3 has none; null when the client did not send a name
 */
public record ClientHello(
    int legacyVersion,
    Set<Integer> versions,
    Set<Integer> suites,
    Set<Integer> groups,
    Set<Integer> signatures,
    boolean offersResumption,
    List<String> protocols,
    @Nullable String serverName) {

  private static final int SERVER_NAME = 0;
  private static final int SUPPORTED_GROUPS = 10;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int APPLICATION_PROTOCOLS = 16;
  private static final int SESSION_TICKET = 35;
  private static final int PRE_SHARED_KEY = 41;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int RANDOM_LENGTH = 32;

  /**
   * @param hello the message without its handshake header; its indexes are left as they are
   * @return null when it is malformed
   */
  public static @Nullable ClientHello parse(ByteBuf hello) {
    try {
      return read(hello.slice());
    } catch (IndexOutOfBoundsException lengthsDoNotAddUp) {
      return null;
    }
  }

  private static @Nullable ClientHello read(ByteBuf in) {
    final int legacyVersion = in.readUnsignedShort();
    in.skipBytes(RANDOM_LENGTH);
    in.skipBytes(in.readUnsignedByte());
    Set<Integer> suites = readShorts(in.readSlice(in.readUnsignedShort()));
    in.skipBytes(in.readUnsignedByte());
    Set<Integer> versions = Set.of();
    Set<Integer> groups = Set.of();
    Set<Integer> signatures = Set.of();
    boolean offersResumption = false;
    List<String> protocols = List.of();
    String serverName = null;
    if (in.isReadable()) {
      ByteBuf extensions = in.readSlice(in.readUnsignedShort());
      Set<Integer> seen = new HashSet<>();
      while (extensions.isReadable()) {
        int type = extensions.readUnsignedShort();
        ByteBuf body = extensions.readSlice(extensions.readUnsignedShort());
        if (!seen.add(type)) {
          return null;
        }
        switch (type) {
          case SERVER_NAME -> {
            serverName = readServerName(body);
            if (serverName == null) {
              return null;
            }
          }
          case SUPPORTED_GROUPS -> groups = readShorts(body.readSlice(body.readUnsignedShort()));
          case SIGNATURE_ALGORITHMS ->
              signatures = readShorts(body.readSlice(body.readUnsignedShort()));
          case APPLICATION_PROTOCOLS -> protocols = readNames(body);
          case SESSION_TICKET -> offersResumption |= body.isReadable();
          case PRE_SHARED_KEY -> offersResumption = true;
          case SUPPORTED_VERSIONS -> versions = readShorts(body.readSlice(body.readUnsignedByte()));
          default -> {}
        }
      }
    }
    if (in.isReadable() || suites.isEmpty()) {
      return null;
    }
    return new ClientHello(
        legacyVersion,
        versions,
        suites,
        groups,
        signatures,
        offersResumption,
        protocols,
        serverName);
  }

  private static Set<Integer> readShorts(ByteBuf list) {
    Set<Integer> values = HashSet.newHashSet(list.readableBytes() / 2);
    while (list.isReadable()) {
      values.add(list.readUnsignedShort());
    }
    return values;
  }

  /** Reads protocol names (RFC 7301 section 3.1). */
  private static List<String> readNames(ByteBuf body) {
    ByteBuf list = body.readSlice(body.readUnsignedShort());
    List<String> names = new ArrayList<>();
    while (list.isReadable()) {
      names.add(list.readCharSequence(list.readUnsignedByte(), CharsetUtil.US_ASCII).toString());
    }
    return names;
  }

  /** Reads a list with one host_name (RFC 6066 section 3); null where it is not a DNS name. */
  private static @Nullable String readServerName(ByteBuf body) {
    ByteBuf list = body.readSlice(body.readUnsignedShort());
    int type = list.readUnsignedByte();
    ByteBuf name = list.readSlice(list.readUnsignedShort());
    String text = name.toString(CharsetUtil.US_ASCII);
    boolean sound =
        type == 0
            && !list.isReadable()
            && text.length() <= 255
            && !text.isEmpty()
            && !text.equals(".");
    for (int i = 0; sound && i < text.length(); i++) {
      char c = text.charAt(i);
      sound =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.'
              || c == '_';
    }
    return sound ? HostNames.withoutRoot(text.toLowerCase(Locale.ROOT)) : null;
  }

  /** Returns whether the client offers a version (RFC 8446 section 4.2.1). */
  public boolean offers(Version version) {
    return versions.isEmpty()
        ? version != Version.TLS_1_3 && legacyVersion >= version.code()
        : versions.contains(version.code());
  }

  boolean offers(Suite suite) {
    return suites.contains(suite.code());
  }

  boolean offers(Group group) {
    return groups.contains(group.code());
  }
}
