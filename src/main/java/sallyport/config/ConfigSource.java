package sallyport.config;

/** Where the configuration is read from: at the start, and again at each reload. */
@FunctionalInterface
public interface ConfigSource {
  /**
   * Reads it as it is now.
   *
   * @throws ConfigException with everything that is wrong, not only the first
   */
  GatewayConfig read() throws ConfigException;
}
