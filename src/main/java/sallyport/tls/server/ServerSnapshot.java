package sallyport.tls.server;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.tls.rotation.TlsSnapshot;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Certificates, keys and trust of a listener, with a context for each certificate. Immutable.
 *
 * @param awaited names whose certificates have yet to be issued
 */
record ServerSnapshot(
    List<KeyMaterial> materials,
    @Nullable StrictTrustManager trust,
    Set<String> awaited,
    CertificateSelector certificates)
    implements TlsSnapshot {

  @Override
  public List<SslContext> contexts() {
    return certificates.all();
  }

  /** Whether files that hold this would change nothing. */
  boolean holds(
      List<KeyMaterial> others, Set<String> otherAwaited, @Nullable StrictTrustManager otherTrust) {
    return materials.stream()
            .map(KeyMaterial::chain)
            .toList()
            .equals(others.stream().map(KeyMaterial::chain).toList())
        && awaited.equals(otherAwaited)
        && (trust == null
            ? otherTrust == null
            : otherTrust != null && trust.believesTheSameAs(otherTrust));
  }

  /** Returns the names that the certificates cover. */
  Set<String> names() {
    return materials.stream()
        .flatMap(material -> material.info().names().stream())
        .collect(Collectors.toSet());
  }
}
