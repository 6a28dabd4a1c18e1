package sallyport.tls.upstream;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.rotation.TlsSnapshot;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Certificate, key and trust for a backend, and the contexts built of them. Immutable.
 *
 * @param identity null while the gateway's certificate has yet to be issued
 */
record UpstreamSnapshot(@Nullable Identity identity, StrictTrustManager trust)
    implements TlsSnapshot {
  /**
   * Certificate and key of the gateway, with the contexts that show it.
   *
   * @param context offers what the backend is to speak
   * @param http1Context offers HTTP/1.1 only; the same as the other where that does so too
   */
  record Identity(KeyMaterial material, KeyUse use, SslContext context, SslContext http1Context) {
    SslContext context(boolean http1) {
      return http1 ? http1Context : context;
    }
  }

  @Override
  public List<KeyMaterial> materials() {
    return identity == null ? List.of() : List.of(identity.material());
  }

  @Override
  public List<SslContext> contexts() {
    if (identity == null) {
      return List.of();
    }
    return identity.context().equals(identity.http1Context())
        ? List.of(identity.context())
        : List.of(identity.context(), identity.http1Context());
  }

  /**
   * Returns whether another opening found the same.
   *
   * @param material null where the certificate has yet to be issued
   */
  boolean holds(@Nullable KeyMaterial material, StrictTrustManager other) {
    boolean same =
        identity == null
            ? material == null
            : material != null && identity.material().chain().equals(material.chain());
    return same && trust.believesTheSameAs(other);
  }
}
