package sallyport.net;

import io.netty.util.AsciiString;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * Identity of a client by its certificate, the same for all exchanges of a connection. Immutable.
 *
 * @param fingerprint SHA-256 of the certificate, hex
 * @param subject as RFC 4514 writes it, in printable ASCII
 * @param names the alternative names and the fingerprint, such as {@code dns:a.test}
 * @param fields header fields for backends; the names in lower case
 */
public record ClientIdentity(
    String fingerprint, String subject, Set<String> names, Map<AsciiString, String> fields) {
  /** Returns whether one of these names is the client's. An empty set stands for all clients. */
  public boolean isOneOf(Set<String> allowed) {
    return allowed.isEmpty() || !Collections.disjoint(names, allowed);
  }
}
