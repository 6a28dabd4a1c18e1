package sallyport.codec;

import io.netty.util.AsciiString;
import java.util.HashSet;
import java.util.Set;
import sallyport.http.ForwardedHeaders;

/**
 * Field names that are not those of identity fields but become them behind a gateway interface that
 * turns letters into capitals and all else into underscores (RFC 3875 section 4.1.18): {@code
 * Client_Cert} is {@code HTTP_CLIENT_CERT} there, as {@code Client-Cert} is.
 */
final class LookAlikes {
  private static final Set<AsciiString> FORGED = new HashSet<>(ForwardedHeaders.FORGED);

  private LookAlikes() {}

  /** Whether this name, which is not plain, could be taken for one that nobody may forge. */
  static boolean isForged(AsciiString name) {
    byte[] plain = new byte[name.length()];
    for (int i = 0; i < plain.length; i++) {
      byte octet = name.byteAt(i);
      plain[i] = Octets.isPlainName(octet & 0xff) ? octet : (byte) '-';
    }
    return FORGED.contains(new AsciiString(plain, /* copy= */ false).toLowerCase());
  }
}
