package sallyport.tls.clients;

import io.netty.util.AsciiString;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import sallyport.config.tls.ClientAuthConfig.Forward;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.PeerCertificate;

/**
 * Header fields that tell a backend who the client is: X-Forwarded-Client-Cert as Envoy writes it,
 * Client-Cert and Client-Cert-Chain of RFC 9440. They are computed once for a connection.
 */
final class ClientFields {
  private static final AsciiString XFCC = AsciiString.cached("x-forwarded-client-cert");
  private static final AsciiString CLIENT_CERT = AsciiString.cached("client-cert");
  private static final AsciiString CLIENT_CERT_CHAIN = AsciiString.cached("client-cert-chain");

  private static final int PEM_LINE = 64;

  private ClientFields() {}

  /**
   * @param chain as the client sent it
   * @param own the certificate that the client was shown
   */
  static Map<AsciiString, String> of(
      Set<Forward> forward, X509Certificate[] chain, X509Certificate own) {
    Map<AsciiString, String> fields = new LinkedHashMap<>();
    if (forward.contains(Forward.XFCC) || forward.contains(Forward.XFCC_CERT)) {
      fields.put(XFCC, xfcc(chain[0], own, forward.contains(Forward.XFCC_CERT)));
    }
    boolean withChain = forward.contains(Forward.RFC9440_CHAIN);
    if (withChain || forward.contains(Forward.RFC9440)) {
      fields.put(CLIENT_CERT, bytes(chain[0]));
    }
    if (withChain && chain.length > 1) {
      fields.put(
          CLIENT_CERT_CHAIN,
          Arrays.stream(chain).skip(1).map(ClientFields::bytes).collect(Collectors.joining(", ")));
    }
    return Map.copyOf(fields);
  }

  private static String xfcc(X509Certificate client, X509Certificate own, boolean withCertificate) {
    List<String> elements = new ArrayList<>();
    addNames(elements, "By", "uri:", PeerCertificate.names(own));
    elements.add("Hash=" + Certificates.fingerprint(client));
    if (withCertificate) {
      elements.add("Cert=\"" + percentEncodedPem(client) + "\"");
    }
    elements.add("Subject=\"" + subject(client) + "\"");
    Set<String> names = PeerCertificate.names(client);
    addNames(elements, "URI", "uri:", names);
    addNames(elements, "DNS", "dns:", names);
    return String.join(";", elements);
  }

  private static void addNames(List<String> elements, String key, String kind, Set<String> names) {
    for (String name : names) {
      if (name.startsWith(kind)) {
        elements.add(key + "=" + quotedWhereNeeded(name.substring(kind.length())));
      }
    }
  }

  /**
   * Quotes a value that would end its element: a client may have chosen it to begin another one.
   */
  private static String quotedWhereNeeded(String value) {
    return value.chars().anyMatch(c -> c == ',' || c == ';' || c == '=' || c == '"' || c == '\\')
        ? '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"'
        : value;
  }

  /**
   * Writes the subject as RFC 4514 does, which escapes quotes and backslashes, with hexadecimal
   * escapes for all that is not printable ASCII: a line end must never get into a field.
   */
  static String subject(X509Certificate certificate) {
    StringBuilder text = new StringBuilder();
    for (byte octet :
        certificate.getSubjectX500Principal().getName().getBytes(StandardCharsets.UTF_8)) {
      if (octet >= ' ' && octet <= '~') {
        text.append((char) octet);
      } else {
        text.append('\\').append("%02X".formatted(octet & 0xff));
      }
    }
    return text.toString();
  }

  private static String percentEncodedPem(X509Certificate certificate) {
    String base64 =
        Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(encoded(certificate));
    return URLEncoder.encode(
            "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n",
            StandardCharsets.US_ASCII)
        .replace("+", "%20");
  }

  /** Writes a byte sequence of structured fields (RFC 9651 section 3.3.5). */
  private static String bytes(X509Certificate certificate) {
    return ":" + Base64.getEncoder().encodeToString(encoded(certificate)) + ":";
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without an encoding", e);
    }
  }
}
