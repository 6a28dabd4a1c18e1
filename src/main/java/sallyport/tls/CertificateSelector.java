package sallyport.tls;

import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.tls.CertificateInfo.KeyType;

/**
 * The certificates of a listener, each in a context of its own: chosen by name (exact, then
 * wildcard, then the first certificate's), and for that name by what the client can verify,
 * elliptic curves first because they cost a tenth of RSA.
 */
final class CertificateSelector {
  /** The best usable kind first. */
  private static final List<KeyType> PREFERENCE =
      List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA);

  private final Map<String, Map<KeyType, SslContext>> byName = new HashMap<>();
  private final Map<KeyType, SslContext> first;
  private final List<SslContext> all = new ArrayList<>();

  /** The contexts in the order of the configuration, each with its certificate. */
  CertificateSelector(List<KeyMaterial> materials, List<SslContext> contexts) {
    for (int i = 0; i < materials.size(); i++) {
      KeyMaterial material = materials.get(i);
      SslContext context = contexts.get(i);
      all.add(context);
      for (String name : Certificates.dnsNames(material.chain().getFirst())) {
        byName
            .computeIfAbsent(name, n -> new EnumMap<>(KeyType.class))
            .putIfAbsent(material.keyType(), context);
      }
    }
    KeyMaterial head = materials.getFirst();
    List<String> names = Certificates.dnsNames(head.chain().getFirst());
    Map<KeyType, SslContext> siblings = new EnumMap<>(KeyType.class);
    if (!names.isEmpty()) {
      siblings.putAll(byName.getOrDefault(names.getFirst(), Map.of()));
    }
    siblings.put(head.keyType(), contexts.getFirst());
    first = siblings;
  }

  /** The certificates for this name; null when none covers it. */
  @Nullable Map<KeyType, SslContext> forName(String serverName) {
    Map<KeyType, SslContext> exact = byName.get(serverName);
    if (exact != null) {
      return exact;
    }
    // A wildcard stands for one label (RFC 9525 section 6.3).
    int dot = serverName.indexOf('.');
    return dot < 0 ? null : byName.get("*" + serverName.substring(dot));
  }

  /** What a client gets that names no host, or one that nobody knows. */
  Map<KeyType, SslContext> first() {
    return first;
  }

  /** The best that the client can use; null when it can use none. */
  static @Nullable SslContext best(Map<KeyType, SslContext> candidates, OfferCheck offer) {
    for (KeyType type : PREFERENCE) {
      SslContext context = candidates.get(type);
      if (context != null && offer.canUse(type)) {
        return context;
      }
    }
    return null;
  }

  List<SslContext> all() {
    return all;
  }
}
