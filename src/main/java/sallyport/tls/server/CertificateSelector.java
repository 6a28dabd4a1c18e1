package sallyport.tls.server;

import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.KeyType;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.revocation.ocsp.Staple;
import sallyport.tls.hello.OfferCheck;

/**
 * Certificates of a listener, each in a context of its own. The name selects first: exact, then
 * wildcard, then the first certificate's. Then the offer of the client selects the kind of key,
 * elliptic curves first because they cost a tenth of RSA. Immutable.
 */
final class CertificateSelector {
  /** Kinds of keys, the best first. */
  private static final List<KeyType> PREFERENCE =
      List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA);

  private final Map<String, Map<KeyType, ServerCertificate>> byName = new HashMap<>();
  private final Map<KeyType, ServerCertificate> first;
  private final List<SslContext> all = new ArrayList<>();
  private final Set<String> awaited;
  private final List<Staple> staples;

  /**
   * Makes a selector of certificates in the order of the configuration.
   *
   * @param awaited names whose certificates have yet to be issued
   */
  CertificateSelector(
      List<KeyMaterial> materials, List<ServerCertificate> certificates, Set<String> awaited) {
    this.awaited = awaited;
    for (int i = 0; i < materials.size(); i++) {
      KeyMaterial material = materials.get(i);
      ServerCertificate certificate = certificates.get(i);
      all.add(certificate.context());
      for (String name : Certificates.dnsNames(material.leaf())) {
        byName
            .computeIfAbsent(name, n -> new EnumMap<>(KeyType.class))
            .putIfAbsent(material.keyType(), certificate);
      }
    }
    staples =
        certificates.stream().map(ServerCertificate::staple).filter(Objects::nonNull).toList();
    if (materials.isEmpty()) {
      first = Map.of();
      return;
    }
    KeyMaterial head = materials.getFirst();
    List<String> names = Certificates.dnsNames(head.leaf());
    Map<KeyType, ServerCertificate> siblings = new EnumMap<>(KeyType.class);
    if (!names.isEmpty()) {
      siblings.putAll(byName.getOrDefault(names.getFirst(), Map.of()));
    }
    siblings.put(head.keyType(), certificates.getFirst());
    first = siblings;
  }

  /** Returns the certificates for this name; null where none covers it. */
  @Nullable Map<KeyType, ServerCertificate> forName(String serverName) {
    Map<KeyType, ServerCertificate> exact = byName.get(serverName);
    if (exact != null) {
      return exact;
    }
    // A wildcard stands for one label (RFC 9525 section 6.3).
    int dot = serverName.indexOf('.');
    return dot < 0 ? null : byName.get("*" + serverName.substring(dot));
  }

  /** Whether the certificate for this name has yet to be issued; null for no name. */
  boolean awaits(@Nullable String serverName) {
    return first.isEmpty() || (serverName != null && awaited.contains(serverName));
  }

  /**
   * Returns the certificates for clients that name no host, or an unknown one; empty where there is
   * none yet.
   */
  Map<KeyType, ServerCertificate> first() {
    return first;
  }

  /** Returns the best certificate that the client can use; null where it can use none. */
  static @Nullable ServerCertificate best(
      Map<KeyType, ServerCertificate> candidates, OfferCheck offer) {
    for (KeyType type : PREFERENCE) {
      ServerCertificate certificate = candidates.get(type);
      if (certificate != null && offer.canUse(type)) {
        return certificate;
      }
    }
    return null;
  }

  /** Returns the answers that are to be stapled. */
  List<Staple> staples() {
    return staples;
  }

  List<SslContext> all() {
    return all;
  }
}
