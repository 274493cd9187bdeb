// Before anything is painted: dark or light as was chosen here, else as the system says. So nothing flashes.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('hydra_theme')
  } catch {
    // Storage is forbidden: the system decides.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
}
