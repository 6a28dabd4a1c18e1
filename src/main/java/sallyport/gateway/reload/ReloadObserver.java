package sallyport.gateway.reload;

/** Observer of reloads by every trigger. Any thread; may not block. */
public interface ReloadObserver {
  /** Observer that does nothing. */
  ReloadObserver NONE =
      new ReloadObserver() {
        @Override
        public void reloading() {}

        @Override
        public void reloaded(boolean good) {}
      };

  /** Called when a reload is asked for. It may wait for an earlier one. */
  void reloading();

  /**
   * Called when that reload has ended.
   *
   * @param good whether nothing was refused
   */
  void reloaded(boolean good);
}
